/**
 * The words of column headers, by meaning and language. `read-header.ts` combines them into readings.
 *
 * A phrase matches however a header writes it: "first name" is also firstname, First_Name and FIRST-NAME. Accents and case do not count.
 * Compounds need no entry if their parts have one: "mobil" and "nummer" give "mobilnummer".
 */

export type Meaning =
  | 'mobile'
  | 'phone'
  | 'email'
  | 'first'
  | 'last'
  | 'whole'
  | 'city'
  | 'key'
  | 'id'
  /** a person's permission, whatever for */
  | 'consent'
  | 'sms'
  /** marketing in general: says nothing about the channel */
  | 'marketing'
  /** turns a permission into its opposite */
  | 'negation'
  /** a permission for something that is not marketing by SMS */
  | 'purpose'
  /** a channel other than SMS, e-mail and phone */
  | 'channel'
  /** a detail about a value instead of the value: its date, count, kind */
  | 'about'
  /** one of several phones or addresses of a person, and not the one they carry */
  | 'place'
  /** a device that gets no SMS */
  | 'landline'
  /** someone or something else than the person of the row */
  | 'foreign'
  | 'number'
  | 'neutral'

export type HeaderLanguage =
  | 'en'
  | 'sv'
  | 'no'
  | 'da'
  | 'fi'
  | 'de'
  | 'nl'
  | 'fr'
  | 'es'
  | 'it'
  | 'pt'
  | 'pl'
  | 'tr'
  | 'el'

export const headerWords: Record<Meaning, Partial<Record<HeaderLanguage, string>>> = {
  mobile: {
    en: 'mobile, mobile phone, mobile number, mobile no, cell, cell phone, cellular, cellular phone, msisdn, gsm, sms number, sms phone, sms phone number, text number, handphone, whatsapp number, whatsapp phone',
    sv: 'mobil, mobilnr, mobiltelefon, mobiltelefonnr, mobilen',
    no: 'mobil, mobilnr, mobiltelefon, mobiltlf',
    da: 'mobil, mobilnr, mobiltelefon, mobiltlf, mobilnummer',
    fi: 'matkapuhelin, matkapuhelinnumero, kannykka, gsm, mobiili, matkapuh',
    de: 'handy, handynummer, handynr, mobil, mobiltelefon, mobilfunk, mobilfunknummer, mobilnummer, mobilrufnummer, natel',
    nl: 'mobiel, mobiele telefoon, mobiele nummer, mobiel nummer, gsm, gsm nummer, 06 nummer',
    fr: 'mobile, portable, telephone portable, tel portable, telephone mobile, tel mobile, numero de portable, numero portable, gsm, natel',
    es: 'movil, celular, telefono movil, telefono celular, numero movil, numero de movil, numero de celular, tel movil',
    it: 'cellulare, cell, telefono cellulare, numero cellulare, numero di cellulare, telefono mobile, tel cellulare, mobile',
    pt: 'telemovel, celular, telefone celular, telefone movel, numero de telemovel, numero de celular, whatsapp celular',
    pl: 'telefon komorkowy, komorka, komorkowy, tel komorkowy, numer komorkowy, nr komorkowy, tel kom, kom',
    tr: 'cep, cep telefonu, cep telefonu numarasi, cep no, cep tel, cep telefon, gsm, gsm no, gsm numarasi, mobil, mobil telefon',
    el: 'κινητο, κινητο τηλεφωνο, τηλεφωνο κινητο, αριθμος κινητου, κιν, κινητου',
  },
  phone: {
    en: 'phone, telephone, tel, phone number, phone no, telephone number, contact number, phones',
    sv: 'telefon, tel, telefonnr, tele, tfn, tlf',
    no: 'telefon, tlf, tel, telefonnr, tlfnr',
    da: 'telefon, tlf, tel, telefonnr, tlfnr',
    fi: 'puhelin, puh, puhelinnumero, puhelinnro, puhnro',
    de: 'telefon, tel, telefonnr, telefonnummer, rufnummer, fon',
    nl: 'telefoon, tel, telefoonnummer, telefoonnr',
    fr: 'telephone, tel, numero de telephone, no de telephone, n de telephone, num tel, numero de tel, num telephone',
    es: 'telefono, tel, numero de telefono, no de telefono, telf, tlf, tfno',
    it: 'telefono, tel, numero di telefono, numero telefono, n telefono, recapito telefonico',
    pt: 'telefone, tel, numero de telefone, telef, fone',
    pl: 'telefon, tel, numer telefonu, nr telefonu, nr tel, numer tel',
    tr: 'telefon, tel, telefon numarasi, telefon no, tel no',
    el: 'τηλεφωνο, τηλ, αριθμος τηλεφωνου, τηλεφωνα',
  },
  email: {
    en: 'email, e mail, mail, email address, e mail address, mail address, electronic mail',
    sv: 'e post, epost, e postadress, mejl, mejladress, mailadress, emailadress',
    no: 'e post, e postadresse, epostadresse, mailadresse',
    da: 'e mail, e mailadresse, mailadresse, e post',
    fi: 'sahkoposti, sahkopostiosoite, sposti, s posti, meili',
    de: 'e mail, mail, e mail adresse, mailadresse, email adresse',
    nl: 'e mail, e mailadres, emailadres, mailadres',
    fr: 'courriel, adresse courriel, adresse e mail, adresse email, adresse mail, mel, adresse electronique, e mail',
    es: 'correo, correo electronico, e mail, direccion de correo, direccion de correo electronico, direccion de email, mail',
    it: 'e mail, indirizzo email, indirizzo e mail, posta elettronica, indirizzo di posta elettronica, mail',
    pt: 'e mail, correio eletronico, endereco de email, endereco de e mail, endereco email, correio electronico',
    pl: 'e mail, adres email, adres e mail, poczta elektroniczna, mail',
    tr: 'e posta, eposta, e posta adresi, eposta adresi, mail adresi, e mail, mail',
    el: 'ηλεκτρονικο ταχυδρομειο, ημαιλ, διευθυνση email, ηλ ταχυδρομειο, ηλεκτρονικη διευθυνση',
  },
  first: {
    en: 'first name, given name, forename, fname, first, christian name, given names, preferred name, first names',
    sv: 'fornamn, tilltalsnamn',
    no: 'fornavn',
    da: 'fornavn',
    fi: 'etunimi, etunimet, kutsumanimi',
    de: 'vorname, vornamen, rufname',
    nl: 'voornaam, roepnaam, voornamen',
    fr: 'prenom, prenoms',
    es: 'nombre, nombres, nombre de pila, primer nombre',
    it: 'nome',
    pt: 'nome, primeiro nome, nome proprio',
    pl: 'imie, imiona',
    tr: 'ad, adi, isim, ilk ad, on ad',
    el: 'ονομα, μικρο ονομα',
  },
  last: {
    en: 'last name, surname, family name, lname, last, last names',
    sv: 'efternamn',
    no: 'etternavn',
    da: 'efternavn',
    fi: 'sukunimi',
    de: 'nachname, familienname, zuname',
    nl: 'achternaam, familienaam',
    fr: 'nom, nom de famille',
    es: 'apellido, apellidos, primer apellido',
    it: 'cognome',
    pt: 'apelido, sobrenome, ultimo nome',
    pl: 'nazwisko',
    tr: 'soyad, soyadi, soyisim',
    el: 'επωνυμο, επιθετο',
  },
  whole: {
    en: 'name, full name, customer name, contact name, display name, first and last name, names, first name last name, first last',
    sv: 'namn, kundnamn, for och efternamn, fornamn efternamn, fullstandigt namn, hela namnet',
    no: 'navn, fullt navn, kundenavn, for og etternavn, fornavn etternavn',
    da: 'navn, fulde navn, kundenavn, for og efternavn, fornavn efternavn',
    fi: 'nimi, koko nimi, etu ja sukunimi, asiakkaan nimi, etunimi sukunimi',
    de: 'name, vollstandiger name, kundenname, vor und nachname, vorname nachname, vorname name',
    nl: 'naam, volledige naam, klantnaam, voor en achternaam, voornaam achternaam',
    fr: 'nom complet, nom et prenom, prenom et nom, nom prenom, prenom nom, nom client, nom du client',
    es: 'nombre completo, nombre y apellidos, nombre y apellido, nombre apellidos, apellidos y nombre, nombre del cliente, nombre cliente',
    it: 'nome completo, nome e cognome, nome cognome, cognome e nome, nominativo, nome cliente',
    pt: 'nome completo, nome e apelido, nome e sobrenome, nome do cliente, nome cliente',
    pl: 'imie i nazwisko, imie nazwisko, nazwisko i imie, nazwa, nazwa klienta',
    tr: 'ad soyad, adi soyadi, isim soyisim, tam ad, ad ve soyad, musteri adi',
    el: 'ονοματεπωνυμο, ονομα επωνυμο, ονομα και επωνυμο, πληρες ονομα',
  },
  city: {
    en: 'city, town, city town, town city, locality',
    sv: 'ort, stad, postort, bostadsort',
    no: 'by, sted, poststed',
    da: 'by, bynavn',
    fi: 'kaupunki, paikkakunta, postitoimipaikka',
    de: 'ort, stadt, wohnort',
    nl: 'plaats, woonplaats, stad',
    fr: 'ville, commune, localite',
    es: 'ciudad, localidad, poblacion, municipio',
    it: 'citta, comune, localita',
    pt: 'cidade, localidade, municipio',
    pl: 'miasto, miejscowosc',
    tr: 'sehir, il, kent',
    el: 'πολη',
  },
  key: {
    en: 'customer id, customer number, customer no, customer nr, customer key, customer code, external key, external id, ext id, member id, member number, member no, membership number, membership id, membership no, client id, client number, client no, loyalty number, loyalty id, loyalty card number, debtor number, patient id, guest id, student id, donor id, client code, customer ref, customer reference',
    sv: 'kundnr, kundnummer, kundid, kund id, medlemsnr, medlemsnummer, medlems nr, medlemsid, kontaktid, externt id, kund nr, debitornr, elevnr, prenumerantnr',
    no: 'kundenr, kundenummer, kundeid, medlemsnr, medlemsnummer, medlemsid, kunde nr',
    da: 'kundenr, kundenummer, kundeid, medlemsnr, medlemsnummer, medlemsid, kunde nr, debitornr',
    fi: 'asiakasnumero, asiakasnro, asiakas id, asiakastunnus, jasennumero, jasennro, asiakas nro',
    de: 'kundennummer, kundennr, kunden id, kundenid, mitgliedsnummer, mitgliedsnr, kunden nr, kd nr, kdnr, debitorennummer, mitglied nr',
    nl: 'klantnummer, klantnr, klant id, klantid, lidnummer, lidmaatschapsnummer, relatienummer, debiteurnummer, klantcode',
    fr: 'numero client, numero de client, no client, n client, id client, identifiant client, code client, numero d adherent, numero adherent, reference client, ref client, num client, identifiant',
    es: 'numero de cliente, no de cliente, n cliente, numero cliente, id cliente, id de cliente, id del cliente, codigo cliente, codigo de cliente, numero de socio, num cliente, identificador',
    it: 'numero cliente, codice cliente, id cliente, numero socio, cod cliente, numero tessera',
    pt: 'numero de cliente, id cliente, id do cliente, codigo do cliente, codigo cliente, numero do cliente, n cliente, numero de socio, n de cliente',
    pl: 'numer klienta, nr klienta, id klienta, kod klienta, identyfikator klienta, numer czlonkowski, identyfikator',
    tr: 'musteri no, musteri numarasi, musteri id, musteri kodu, uye no, uye numarasi, cari kodu, cari kod',
    el: 'κωδικος πελατη, αριθμος πελατη, κωδ πελατη, αριθμος μελους, κωδικος μελους',
  },
  id: {
    en: 'id, uid, guid, uuid, key, user id, contact id, contact key, subscriber key, record id, profile id, person id, unique id, subscriber id, crm id, unique key',
  },
  consent: {
    en: 'consent, consents, sms marketing status, text marketing status, consented, opt in, opted in, optin, permission, permissions, subscribed, subscribe, subscription, subscriptions, accepts, accept, accepted, agrees, agreed, allows, allowed, allow, approval, agree, may we, can receive, wants, receive, opt, consent status, consent state, subscription status, subscription state, marketing state, opt in status',
    sv: 'samtycke, samtycker, medgivande, godkannande, godkanner, godkant, tillatelse, prenumererar, accepterar, tackat ja, vill ha, onskar, tillaten',
    no: 'samtykke, samtykker, godkjenner, godkjent, tillatelse, abonnerer, godtar, onsker, vil ha',
    da: 'samtykke, samtykker, godkender, godkendt, tilladelse, accepterer, tilmeldt, abonnerer, onsker, permission',
    fi: 'suostumus, lupa, hyvaksyy, hyvaksynyt, hyvaksynta, luvat, sallii, sallittu, markkinointilupa, tilaaja',
    de: 'einwilligung, zustimmung, einverstandnis, erlaubnis, zugestimmt, eingewilligt, angemeldet, werbeeinwilligung, einverstanden, abonniert, akzeptiert',
    nl: 'toestemming, akkoord, ingeschreven, aangemeld, geabonneerd, toestemmingen, opt in',
    fr: 'consentement, accord, accepte, autorisation, abonne, inscrit, optin, consent, souhaite recevoir, autorise, acceptation, consentements',
    es: 'consentimiento, acepta, autorizacion, autoriza, suscrito, permiso, consiente, acepto, suscripcion, desea recibir',
    it: 'consenso, consensi, accetta, autorizzazione, iscritto, permesso, acconsente, autorizza, accettazione',
    pt: 'consentimento, aceita, autorizacao, autoriza, subscrito, permissao, inscrito, aceite, aceito, deseja receber',
    pl: 'zgoda, zgody, akceptuje, wyraza zgode, zapisany, wyrazono zgode, subskrypcja, zgode',
    tr: 'onay, izin, riza, onayi, izni, rizasi, acik riza, kabul, abone, izinli, onayli, ileti izni, ticari ileti izni',
    el: 'συγκαταθεση, συναινεση, αποδοχη, εγκριση, αποδεχεται, συγκατατεθηκε, συμφωνει, εγγεγραμμενος',
  },
  sms: {
    en: 'sms, sms marketing status, text marketing status, text message, text messages, texts, texting, text marketing, text opt in, text consent, mobile messages, mobile messaging, text messaging, sms mms, mms, sms text, sms text message',
    sv: 'sms, textmeddelande, textmeddelanden, sms utskick',
    no: 'sms, tekstmelding, tekstmeldinger',
    da: 'sms, sms besked, sms beskeder, sms er',
    fi: 'sms, tekstiviesti, tekstiviestit, tekstiviesteja, tekstari',
    de: 'sms, textnachricht, textnachrichten, kurznachricht, kurznachrichten',
    nl: 'sms, sms berichten, sms bericht, tekstbericht, tekstberichten, smsen',
    fr: 'sms, texto, textos, message texte, messages texte',
    es: 'sms, mensaje de texto, mensajes de texto, mensajes sms',
    it: 'sms, messaggi di testo, messaggio di testo, messaggi sms',
    pt: 'sms, mensagem de texto, mensagens de texto, torpedo',
    pl: 'sms, smsy, wiadomosci tekstowe, wiadomosc tekstowa, wiadomosci sms, sms owa',
    tr: 'sms, kisa mesaj, mesaj, kisa mesajlar',
    el: 'sms, μηνυματα, γραπτα μηνυματα, μηνυμα κειμενου, γραπτο μηνυμα, σμς',
  },
  marketing: {
    en: 'marketing, offers, promotions, promotional, promo, campaigns, campaign, advertising, direct marketing, commercial, messages, communications, communication, contact permission',
    sv: 'erbjudanden, reklam, marknadsforing, kampanjer, utskick, direktreklam, kommunikation',
    no: 'tilbud, reklame, markedsforing, kampanjer, utsendelser, kommunikasjon, markedsforings',
    da: 'tilbud, reklame, markedsforing, kampagner, kommunikation, markedsforings',
    fi: 'markkinointi, tarjoukset, mainonta, suoramarkkinointi, markkinoinnin, viestinta',
    de: 'werbung, werbe, angebote, direktwerbung, aktionen, kommunikation',
    nl: 'aanbiedingen, reclame, acties, communicatie',
    fr: 'publicite, offres, promotions, prospection, commerciale, commercial, communications, communication',
    es: 'publicidad, ofertas, promociones, comerciales, comunicaciones, comercial',
    it: 'pubblicita, offerte, promozioni, commerciale, commerciali, comunicazioni',
    pt: 'publicidade, ofertas, promocoes, comunicacoes, comerciais',
    pl: 'reklama, oferty, promocje, marketingowa, marketingowe, handlowe, na marketing',
    tr: 'pazarlama, reklam, kampanya, kampanyalar, ticari, ticari elektronik ileti, ileti, iletisim',
    el: 'μαρκετινγκ, προσφορες, διαφημιση, προωθητικες ενεργειες, προωθητικα, διαφημιστικα',
  },
  negation: {
    en: 'withdrawn, withdrew, withdraw, revoked, revoke, opt out, opted out, optout, opted out of, unsubscribed, unsubscribe, unsub, not, do not, dont, no longer, never, refused, refuses, declined, declines, blocked, blacklist, blacklisted, blocklist, blocklisted, suppressed, suppression, stop, stopped, cancelled, canceled, denied, denies, rejected, objection, objected, objects, excluded, exclude, expired, invalid, bounced, without, removed, no consent, no sms, non, opting out, cleaned, deny, disabled, disallow, disallowed, prohibited, ended',
    sv: 'aterkallat, aterkallad, aterkallelse, avregistrerad, avregistrerat, avanmald, avanmalan, avanmalt, sparrad, sparr, sparrat, ej, inte, nej, inga, ingen, nekat, nekad, nekar, tackat nej, avbojt, avslutad, nix, undanbedes, avbestallt, avsagt, blockerad, saknar, upphort, onskar ej, vill ej, vill inte, tackar nej, avsager, motsatter, undanber, reklamsparr, borttagen',
    no: 'trukket, tilbakekalt, trukket tilbake, avmeldt, ikke, nei, sperret, reservert, reservasjon, avslatt, ingen, blokkert, stoppet, onsker ikke, utmeldt, nekter, avslag, uten',
    da: 'tilbagekaldt, trukket, trukket tilbage, afmeldt, framelding, frameldt, ikke, nej, sparret, spaerret, afvist, ingen, blokeret, stoppet, fravalgt, onsker ikke, uden, nej tak, afmelding, opsagt',
    fi: 'peruttu, perunut, peruutettu, ei, kielto, kieltanyt, kieltaytynyt, estetty, esto, markkinointikielto, suoramarkkinointikielto, poistettu, ala, lopetettu, kielletty, vastustaa, puuttuu',
    de: 'widerrufen, widerruf, widersprochen, widerspruch, abgemeldet, abmeldung, nicht, kein, keine, nein, gesperrt, sperre, abgelehnt, sperrvermerk, werbesperre, gekundigt, ausgetragen, untersagt, ohne, verweigert, blockiert',
    nl: 'ingetrokken, uitgeschreven, afgemeld, afmelding, niet, geen, nee, geblokkeerd, geweigerd, bezwaar, opgezegd, zonder, verwijderd',
    fr: 'retire, retrait, revoque, desabonne, desinscrit, desinscription, desabonnement, ne pas, pas, non, refus, refuse, bloque, bloctel, stop, opposition, oppose, resilie, sans, annule, exclu',
    es: 'retirado, revocado, revocacion, baja, dado de baja, no, rechazado, rechaza, bloqueado, denegado, cancelado, desuscrito, sin, oposicion, anulado, excluido, no desea',
    it: 'revocato, revoca, ritirato, disiscritto, cancellato, non, rifiutato, rifiuta, bloccato, negato, nega, disiscrizione, senza, opposizione, escluso, rifiuto',
    pt: 'retirado, revogado, cancelado, cancelou, nao, recusado, recusa, bloqueado, negado, removido, descadastrado, sem, oposicao, anulado, revogacao, excluido',
    pl: 'wycofana, wycofano, cofnieta, cofniecie, wypisany, nie, odmowa, zablokowany, brak, sprzeciw, rezygnacja, wycofanie, odwolana, bez, odmowil, anulowana, usuniety',
    tr: 'geri cekildi, geri cekilen, iptal, iptal edildi, red, reddetti, reddedilen, istemiyor, hayir, engelli, engellendi, cikti, ret, izinsiz, onaysiz, cayma, geri alindi, yok, ayrildi',
    el: 'ανακληση, ανακληθηκε, αποσυρθηκε, διαγραφη, αρνηση, οχι, δεν, αποκλεισμος, απορριψη, εξαιρεση, χωρις, αποσυρση, ακυρωση, μη',
  },
  purpose: {
    en: 'newsletter, newsletters, news letter, terms, terms and conditions, conditions, privacy, privacy policy, policy, gdpr, profiling, third party, third parties, 3rd party, partners, partner, data sharing, sharing, share, cookies, cookie, photo, photos, image, survey, surveys, research, reminders, reminder, service, service messages, transactional, delivery, order updates, updates, notifications, notification, appointments, appointment, data processing, processing, tracking, analytics, invoice, invoices, membership, events, media, video, credit check, medical, treatment, health, personalisation, personalization, double, billing',
    sv: 'nyhetsbrev, villkor, allmanna villkor, integritet, integritetspolicy, profilering, tredje part, tredjepart, partners, cookies, bild, bilder, foto, fotografering, undersokning, undersokningar, paminnelse, paminnelser, service, leverans, personuppgifter, datalagring, medlemskap, medlemsvillkor, bokning, kundundersokning, enkat, delning, kakor, policy, behandling, halsa',
    no: 'nyhetsbrev, vilkar, personvern, personvernerklaering, profilering, tredjepart, tredjeparter, partnere, bilder, undersokelser, paminnelser, paminnelse, levering, personopplysninger, medlemskap, deling, informasjonskapsler, foto, behandling',
    da: 'nyhedsbrev, nyhedsbreve, vilkar, betingelser, handelsbetingelser, persondata, privatlivspolitik, profilering, tredjepart, tredjeparter, partnere, billeder, undersogelser, pamindelser, pamindelse, levering, medlemskab, deling, foto, behandling',
    fi: 'uutiskirje, uutiskirjeen, uutiskirjeet, ehdot, kayttoehdot, tietosuoja, tietosuojaseloste, profilointi, kolmas osapuoli, kolmannet osapuolet, kumppanit, kuvat, valokuvaus, kysely, kyselyt, muistutukset, muistutus, toimitus, jasenyys, evasteet, tietojen luovutus, tutkimus',
    de: 'newsletter, rundbrief, agb, geschaftsbedingungen, nutzungsbedingungen, datenschutz, datenschutzerklarung, dsgvo, profiling, profilbildung, dritte, dritten, partner, fotos, foto, bilder, umfrage, umfragen, erinnerungen, erinnerung, lieferung, datenweitergabe, weitergabe, cookies, mitgliedschaft, datenverarbeitung, terminerinnerung, bonitat',
    nl: 'nieuwsbrief, nieuwsbrieven, voorwaarden, algemene voorwaarden, privacy, profilering, derden, partners, fotos, foto, onderzoek, herinneringen, herinnering, bezorging, cookies, lidmaatschap, delen, avg, enquete',
    fr: 'newsletter, infolettre, bulletin, lettre d information, conditions, cgv, cgu, conditions generales, confidentialite, rgpd, profilage, tiers, partenaires, partenaire, photos, photo, droit a l image, enquete, enquetes, rappels, rappel, livraison, cookies, adhesion, partage, sondage',
    es: 'boletin, boletines, newsletter, terminos, condiciones, privacidad, politica de privacidad, rgpd, lopd, perfilado, elaboracion de perfiles, terceros, socios, fotos, imagen, encuesta, encuestas, recordatorios, recordatorio, entrega, cookies, cesion de datos, cesion',
    it: 'newsletter, bollettino, termini, condizioni, privacy, informativa, profilazione, terzi, terze parti, partner, foto, sondaggio, sondaggi, promemoria, consegna, cookie, cessione dati, cessione a terzi, immagine, trattamento dati, trattamento',
    pt: 'newsletter, boletim, termos, condicoes, privacidade, politica de privacidade, rgpd, lgpd, perfis, definicao de perfis, terceiros, parceiros, fotos, imagem, inquerito, inqueritos, lembretes, lembrete, entrega, cookies, partilha, pesquisa',
    pl: 'newsletter, biuletyn, regulamin, warunki, prywatnosc, polityka prywatnosci, rodo, profilowanie, osoby trzecie, podmioty trzecie, partnerzy, partnerow, zdjecia, wizerunek, ankieta, ankiety, przypomnienia, przypomnienie, dostawa, cookies, przetwarzanie danych, udostepnianie',
    tr: 'bulten, e bulten, haber bulteni, sartlar, kosullar, kullanim kosullari, gizlilik, kvkk, profilleme, ucuncu taraf, ucuncu kisi, is ortaklari, fotograf, anket, hatirlatma, teslimat, cerez, aydinlatma metni, uyelik sozlesmesi',
    el: 'ενημερωτικο δελτιο, newsletter, οροι, οροι χρησης, ιδιωτικοτητα, απορρητο, πολιτικη απορρητου, προφιλ, τριτοι, τριτους, συνεργατες, φωτογραφιες, ερευνα, υπενθυμιση, υπενθυμισεις, παραδοση, cookies',
  },
  channel: {
    en: 'whatsapp, viber, messenger, telegram, post, postal, direct mail, letter, calls, call, phone calls, telemarketing, push, voice, web push, app, rcs, signal, fax consent',
    sv: 'brev, postutskick, samtal, telefonsamtal, telefonforsaljning, adresserad reklam, appnotiser',
    no: 'brev, anrop, telefonsalg, samtale',
    da: 'brev, opkald, telefonsalg',
    fi: 'posti, kirje, puhelut, puhelinmyynti',
    de: 'brief, anruf, anrufe, telefonwerbung, postalisch, telefonisch',
    nl: 'brief, bellen, telefonisch, per post',
    fr: 'courrier, appel, appels, appels telephoniques, voie postale',
    es: 'carta, correo postal, llamada, llamadas',
    it: 'lettera, posta cartacea, chiamata, chiamate',
    pt: 'carta, correio postal, chamada, chamadas',
    pl: 'list, poczta, polaczenia',
    tr: 'mektup, arama, aramalar',
    el: 'ταχυδρομικα, κλησεις, επιστολη',
  },
  about: {
    en: 'count, number of, total, orders, order, purchases, purchase, date, dates, time, times, timestamp, created, updated, modified, changed, added, at, type, types, label, status, verified, validated, valid, source, sources, origin, method, version, text version, wording, ip, ip address, url, country, country code, code, prefix, region, operator, carrier, provider, network, format, length, hash, md5, sha256, score, rating, sent, delivered, opened, clicked, received, replies, cost, price, credits, balance, spent, amount, sum, average, last sms, last order, age, birth, birthday, yomi, phonetic, pronunciation, middle, prefix name, suffix, initial, initials, title, nickname, nick, maiden, file as, domain, extension, ext, zip, postal code, postcode, evidence, reason, comment, comments, note, notes, expires, expiry, history, since, day, hour, month, year, preference, language, locale, timezone, former, previous, old, level, group, tag, tags, category, list, lists, image url, size, model, brand, former name, years, product, products, quote, gender, salutation, sex, state, province, street, by whom, confirm, confirmation, token, proof, id type, photo url, opens, clicks, name day, user agent, referrer',
    sv: 'antal, datum, tid, tidpunkt, tidsstampel, skapad, andrad, uppdaterad, typ, kalla, status, verifierad, giltig, metod, version, land, landskod, kod, riktnummer, operator, bestallningar, bestallning, ordrar, kop, summa, kostnad, pris, saldo, poang, fodelse, fodelsedag, fodelsedatum, senast, senaste, sedan, skickade, mottagna, levererade, anteckning, kommentar, orsak, bevis, dag, ar, manad, sprak, titel, mellannamn, smeknamn, etikett, alder, belopp, gammal, tidigare, grupp, omrade, kon, dagar',
    no: 'antall, dato, tid, tidspunkt, tidsstempel, opprettet, endret, oppdatert, type, kilde, status, verifisert, gyldig, metode, versjon, land, landkode, kode, operator, bestillinger, bestilling, ordre, ordrer, kjop, sum, kostnad, pris, saldo, poeng, fodsel, fodselsdag, fodselsdato, sist, siste, siden, sendt, mottatt, levert, merknad, kommentar, arsak, bevis, dag, ar, maned, sprak, tittel, mellomnavn, kallenavn, belop, tidligere, gruppe, omrade, kjonn, fodt',
    da: 'antal, dato, tid, tidspunkt, tidsstempel, oprettet, aendret, opdateret, type, kilde, status, verificeret, gyldig, metode, version, land, landekode, kode, operator, bestillinger, ordrer, ordre, kob, sum, omkostning, pris, saldo, point, fodsel, fodselsdag, fodselsdato, sidst, sidste, siden, sendt, modtaget, leveret, note, kommentar, arsag, bevis, dag, ar, maned, sprog, titel, mellemnavn, kaldenavn, belob, tidligere, gruppe, omrade, kon',
    fi: 'maara, lukumaara, pvm, paivamaara, paiva, aika, aikaleima, luotu, muokattu, paivitetty, tyyppi, lahde, tila, vahvistettu, tapa, versio, maa, maakoodi, koodi, operaattori, tilaukset, tilaus, tilausten, tilauksia, ostot, summa, hinta, saldo, pisteet, syntyma, syntymaaika, syntymapaiva, viimeisin, viimeksi, lahetetty, vastaanotettu, huomautus, kommentti, syy, kieli, titteli, kutsuma, vuosi, kuukausi, ika, ryhma, sukupuoli, lahetetyt',
    de: 'anzahl, datum, zeit, uhrzeit, zeitpunkt, zeitstempel, erstellt, geandert, aktualisiert, typ, art, quelle, herkunft, status, verifiziert, gultig, methode, version, land, landervorwahl, vorwahl, code, anbieter, bestellungen, bestellung, bestell, einkaufe, summe, kosten, preis, saldo, punkte, geburt, geburtstag, geburtsdatum, geburtsname, letzte, letzter, seit, gesendet, gesendete, empfangen, zugestellt, notiz, bemerkung, kommentar, grund, nachweis, tag, jahr, monat, sprache, titel, anrede, spitzname, plz, postleitzahl, betrag, alter, gruppe, geschlecht, strasse, umsatz, auftrage, auftrag, am',
    nl: 'aantal, datum, tijd, tijdstip, tijdstempel, aangemaakt, gewijzigd, bijgewerkt, type, soort, bron, status, geverifieerd, geldig, methode, versie, land, landcode, code, provider, bestellingen, bestelling, aankopen, som, kosten, prijs, saldo, punten, geboorte, geboortedatum, verjaardag, laatste, sinds, verzonden, ontvangen, opmerking, reden, bewijs, dag, jaar, maand, taal, titel, aanhef, tussenvoegsel, bijnaam, postcode, bedrag, leeftijd, groep, geslacht, straat, orders',
    fr: 'nombre de, nombre d, nb, nb de, date, dates, date de, heure, horodatage, cree, modifie, mise a jour, type, source, origine, statut, verifie, valide, methode, version, pays, indicatif, code, operateur, commandes, commande, achats, total, montant, cout, prix, solde, points, naissance, anniversaire, date de naissance, dernier, derniere, depuis, envoye, envoyes, recu, recus, remarque, commentaire, motif, preuve, jour, annee, mois, langue, titre, civilite, surnom, jeune fille, code postal, age, groupe, genre, rue, quantite, jours',
    es: 'numero de pedidos, cantidad, cantidad de, fecha, fechas, fecha de, hora, marca de tiempo, creado, modificado, actualizado, tipo, fuente, origen, estado, verificado, valido, metodo, version, pais, prefijo, codigo, operador, operadora, pedidos, pedido, compras, total, importe, coste, precio, saldo, puntos, nacimiento, cumpleanos, ultimo, ultima, desde, enviado, enviados, recibido, recibidos, nota, comentario, motivo, prueba, dia, ano, mes, idioma, titulo, tratamiento, apodo, codigo postal, edad, grupo, genero, calle, segundo',
    it: 'numero di, numero ordini, data, date, data di, ora, creato, modificato, aggiornato, tipo, fonte, origine, stato, verificato, valido, metodo, versione, paese, prefisso, codice, operatore, ordini, ordine, acquisti, totale, importo, costo, prezzo, saldo, punti, nascita, compleanno, ultimo, ultima, dal, inviato, inviati, ricevuto, ricevuti, nota, commento, motivo, prova, giorno, anno, mese, lingua, titolo, soprannome, cap, eta, gruppo, genere, via, quantita',
    pt: 'numero de pedidos, numero de encomendas, quantidade, quantidade de, data, datas, data de, hora, criado, modificado, atualizado, tipo, fonte, origem, estado, verificado, valido, metodo, versao, pais, indicativo, codigo, operadora, pedidos, pedido, encomendas, encomenda, compras, total, montante, custo, preco, saldo, pontos, nascimento, aniversario, ultimo, ultima, desde, enviado, enviados, recebido, nota, comentario, motivo, prova, dia, ano, mes, idioma, titulo, alcunha, codigo postal, cep, idade, grupo, genero, rua',
    pl: 'liczba, ilosc, data, daty, godzina, czas, utworzono, utworzony, zmieniono, zaktualizowano, typ, rodzaj, zrodlo, status, zweryfikowany, wazny, metoda, wersja, kraj, kierunkowy, kod, operator, zamowienia, zamowien, zamowienie, zakupy, suma, kwota, koszt, cena, saldo, punkty, urodzenia, urodziny, ostatni, ostatnia, ostatnie, od, wyslane, odebrane, uwagi, komentarz, powod, dowod, dzien, rok, miesiac, jezyk, tytul, przezwisko, panienskie, kod pocztowy, wiek, grupa, plec, ulica, drugie',
    tr: 'sayisi, adet, adedi, tarih, tarihi, saat, zaman, olusturma, guncelleme, tur, turu, tip, kaynak, kaynagi, durum, durumu, dogrulandi, gecerli, yontem, surum, ulke, ulke kodu, kod, kodu, operator, siparis, siparisler, siparis sayisi, alisveris, toplam, tutar, maliyet, fiyat, bakiye, puan, dogum, dogum tarihi, dogum gunu, son, gonderilen, alinan, not, yorum, neden, kanit, gun, yil, ay, dil, unvan, lakap, posta kodu, yas, grup, cinsiyet, ilce, semt',
    el: 'πληθος, αριθμος παραγγελιων, ημερομηνια, ωρα, δημιουργηθηκε, ενημερωθηκε, τυπος, ειδος, πηγη, κατασταση, επαληθευμενο, μεθοδος, εκδοση, χωρα, κωδικος χωρας, κωδικος, παροχος, παραγγελιες, παραγγελια, παραγγελιων, αγορες, συνολο, ποσο, κοστος, τιμη, υπολοιπο, ποντοι, γεννηση, γεννησης, γενεθλια, τελευταια, τελευταιο, απο, σταλθηκαν, σημειωση, σημειωσεις, σχολιο, λογος, ημερα, ετος, μηνας, γλωσσα, τιτλος, ηλικια, ομαδα, φυλο, οδος, τκ, ταχ κωδικας',
  },
  place: {
    en: 'home, work, business, office, other, secondary, alternate, alternative, alt, second, additional, default address, default, billing, shipping, mailing, delivery address, invoice address, whatsapp number, day, daytime, evening, night, private, personal, address, car, radio, weekend, postal address, visiting, backup',
    sv: 'hem, hemma, bostad, arbete, arbets, jobb, kontor, annan, alternativ, sekundar, faktura, fakturering, leverans, leveransadress, dagtid, kvallstid, privat, ovrig, extra, adress, arbetsplats',
    no: 'hjem, hjemme, arbeid, arbeids, jobb, kontor, annen, alternativ, sekundaer, faktura, levering, dagtid, privat, ovrig, ekstra, adresse',
    da: 'hjem, hjemme, arbejde, arbejds, job, kontor, anden, alternativ, sekundaer, faktura, levering, privat, ekstra, adresse',
    fi: 'koti, kodin, tyo, toimisto, muu, toinen, vaihtoehtoinen, laskutus, toimitus, paiva, lisa, osoite, yksityinen',
    de: 'privat, geschaft, geschaftlich, buro, arbeit, dienst, dienstlich, andere, zweite, zweit, alternativ, rechnung, rechnungs, lieferung, liefer, tagsuber, zusatzliche, weitere, adresse, zuhause, haus',
    nl: 'thuis, werk, zakelijk, kantoor, andere, overig, tweede, alternatief, factuur, bezorg, aflever, overdag, prive, adres',
    fr: 'domicile, maison, travail, bureau, professionnel, pro, autre, secondaire, facturation, livraison, personnel, perso, prive, adresse, deuxieme',
    es: 'casa, domicilio, particular, trabajo, oficina, otro, secundario, alternativo, facturacion, envio, personal, direccion, adicional',
    it: 'casa, abitazione, lavoro, ufficio, altro, secondario, alternativo, fatturazione, spedizione, personale, privato, indirizzo',
    pt: 'casa, residencia, residencial, trabalho, escritorio, comercial, outro, secundario, alternativo, faturacao, cobranca, envio, pessoal, endereco, morada',
    pl: 'dom, domowy, praca, sluzbowy, biuro, inny, drugi, alternatywny, rozliczeniowy, dostawy, prywatny, dodatkowy, adres',
    tr: 'ev, is, ofis, diger, ikinci, alternatif, fatura, teslimat adresi, kisisel, adres, yedek',
    el: 'σπιτι, σπιτιου, οικιας, εργασια, εργασιας, γραφειο, γραφειου, αλλο, δευτερο, τιμολογηση, αποστολη, προσωπικο, διευθυνση',
  },
  landline: {
    en: 'fax, pager, beeper, telex, tty, tdd, tty tdd, landline, land line, fixed line, switchboard, callback, voicemail, isdn, fax number, home fax, business fax, other fax, skype, sip',
    sv: 'fax, vaxel, fast telefon, fasttelefon, fast, personsokare, telefax',
    no: 'faks, fax, sentralbord, fasttelefon, fast telefon, fast, telefaks',
    da: 'fax, omstilling, fastnet, fastnettelefon, telefax, hovednummer',
    fi: 'faksi, fax, vaihde, lankapuhelin, lankanumero',
    de: 'fax, telefax, faxnummer, festnetz, zentrale, festnetznummer',
    nl: 'fax, vaste lijn, vast nummer, vaste telefoon, vast, telefax',
    fr: 'fax, telecopie, telecopieur, fixe, telephone fixe, tel fixe, standard',
    es: 'fax, fijo, telefono fijo, centralita, tel fijo',
    it: 'fax, fisso, telefono fisso, centralino, tel fisso',
    pt: 'fax, fixo, telefone fixo, central telefonica, tel fixo',
    pl: 'faks, fax, stacjonarny, telefon stacjonarny, centrala, tel stacjonarny',
    tr: 'faks, fax, sabit, sabit telefon, santral, sabit hat',
    el: 'φαξ, σταθερο, σταθερο τηλεφωνο, τηλεφωνικο κεντρο, τηλεφωνο σταθερο',
  },
  foreign: {
    en: 'emergency, emergency contact, next of kin, kin, ice, spouse, wife, husband, parent, parents, mother, father, guardian, child, children, sibling, family, company, companies, organization, organisation, employer, business name, account name, account, manager, manager s, managers, assistant, assistant s, assistants, secretary, owner, agent, sales rep, salesperson, rep, representative, seller, vendor, supplier, store, shop, branch, doctor, physician, dentist, teacher, lawyer, referrer, referred by, referral, recommended by, recipient, beneficiary, payer, invoice recipient, contact person, reports to, user name, username, login, staff, employee, driver, consultant, coach, school, department, dept, job, driver s, host, device, session, campaign name, list name, file name, street name, product name, brand name, card holder, cardholder, created by, updated by, pet, dog, horse, vehicle, registration, bank, invoice, payment, transaction, tax, vat',
    sv: 'narmast anhorig, anhorig, anhoriga, narstaende, nodkontakt, maka, make, partner, foralder, foraldrar, vardnadshavare, malsman, mor, mamma, far, pappa, barn, barnets, foretag, foretagets, foretagsnamn, bolag, organisation, arbetsgivare, chef, assistent, sekreterare, agare, saljare, handlaggare, radgivare, leverantor, butik, butiks, filial, lakare, larare, kontaktperson, anvandarnamn, anvandare, avdelning, skola, fakturamottagare, mottagare, betalare, hund, konto, gatunamn, varvad, varvare, ombud, god man',
    no: 'parorende, naermeste parorende, nodkontakt, ektefelle, forelder, foresatt, foresatte, mor, far, barn, firma, firmanavn, bedrift, selskap, organisasjon, arbeidsgiver, leder, sjef, assistent, eier, selger, radgiver, leverandor, butikk, lege, laerer, kontaktperson, brukernavn, bruker, avdeling, skole, mottaker, betaler, konto, verge',
    da: 'parorende, naermeste parorende, nodkontakt, aegtefaelle, foraelder, foraeldre, mor, far, barn, firma, firmanavn, virksomhed, selskab, organisation, arbejdsgiver, leder, chef, assistent, ejer, saelger, radgiver, leverandor, butik, laege, laerer, kontaktperson, brugernavn, bruger, afdeling, skole, modtager, betaler, konto, vaerge',
    fi: 'lahiomainen, omainen, hatayhteyshenkilo, puoliso, vanhempi, huoltaja, aiti, isa, lapsi, lapsen, yritys, yrityksen, yrityksen nimi, organisaatio, tyonantaja, esimies, assistentti, omistaja, myyja, toimittaja, myymala, laakari, opettaja, yhteyshenkilo, kayttajanimi, kayttaja, osasto, koulu, vastaanottaja, maksaja, tili, tuote, tuotteen, kadun nimi',
    de: 'notfall, notfallkontakt, angehorige, angehoriger, ehepartner, ehefrau, ehemann, partner, eltern, elternteil, mutter, vater, kind, kinder, vormund, firma, firmen, firmenname, unternehmen, organisation, arbeitgeber, vorgesetzter, assistent, assistentin, sekretariat, inhaber, eigentumer, verkaufer, berater, betreuer, lieferant, filiale, arzt, lehrer, ansprechpartner, kontaktperson, benutzername, benutzer, abteilung, schule, empfanger, zahler, konto, bank, rechnungsempfanger',
    nl: 'noodcontact, nood, partner, echtgenoot, echtgenote, ouder, ouders, moeder, vader, kind, voogd, bedrijf, bedrijfsnaam, organisatie, werkgever, manager, assistent, eigenaar, verkoper, adviseur, leverancier, winkel, filiaal, arts, huisarts, leraar, contactpersoon, gebruikersnaam, gebruiker, afdeling, school, ontvanger, betaler, rekening',
    fr: 'urgence, contact d urgence, personne a prevenir, conjoint, epoux, epouse, parent, parents, mere, pere, enfant, tuteur, entreprise, societe, nom de la societe, raison sociale, organisation, employeur, responsable, assistant, assistante, proprietaire, vendeur, conseiller, fournisseur, magasin, boutique, medecin, professeur, personne de contact, interlocuteur, nom d utilisateur, utilisateur, service client, departement, ecole, destinataire, payeur, compte, parrain, produit, nom du produit',
    es: 'emergencia, contacto de emergencia, conyuge, esposo, esposa, padre, madre, padres, hijo, hijos, tutor, empresa, nombre de la empresa, nombre empresa, razon social, organizacion, empleador, jefe, gerente, asistente, propietario, vendedor, asesor, proveedor, tienda, sucursal, medico, profesor, persona de contacto, nombre de usuario, usuario, departamento, escuela, destinatario, pagador, cuenta, producto',
    it: 'emergenza, contatto di emergenza, coniuge, marito, moglie, genitore, genitori, madre, padre, figlio, figli, tutore, azienda, societa, nome azienda, ragione sociale, organizzazione, datore di lavoro, responsabile, assistente, proprietario, venditore, consulente, fornitore, negozio, filiale, medico, insegnante, persona di contatto, referente, nome utente, utente, reparto, scuola, destinatario, conto, prodotto',
    pt: 'emergencia, contacto de emergencia, contato de emergencia, conjuge, esposo, esposa, pai, mae, pais do aluno, filho, filhos, tutor, empresa, nome da empresa, razao social, organizacao, empregador, gerente, chefe, assistente, proprietario, vendedor, consultor, fornecedor, loja, filial, medico, professor, pessoa de contacto, pessoa de contato, nome de utilizador, nome de usuario, utilizador, usuario, departamento, escola, destinatario, conta, produto',
    pl: 'alarmowy, kontakt alarmowy, malzonek, zona, maz, rodzic, rodzice, matka, ojciec, dziecko, dziecka, opiekun, firma, nazwa firmy, organizacja, pracodawca, kierownik, asystent, wlasciciel, sprzedawca, doradca, dostawca, sklep, oddzial, lekarz, nauczyciel, osoba kontaktowa, nazwa uzytkownika, uzytkownik, dzial, szkola, odbiorca, platnik, konto, produkt, nazwa produktu',
    tr: 'acil durum, acil, yakini, esi, esinin, veli, anne, anne adi, baba, baba adi, cocuk, vasi, sirket, sirket adi, firma, firma adi, kurum, isveren, yonetici, mudur, asistan, sahibi, satici, temsilci, danisman, tedarikci, magaza, magaza adi, sube, sube adi, doktor, ogretmen, ilgili kisi, irtibat kisisi, kullanici adi, kullanici, departman, bolum, okul, alici, hesap, urun, urun adi',
    el: 'εκτακτης αναγκης, συζυγος, γονεας, γονεις, μητερα, πατερας, πατρωνυμο, παιδι, κηδεμονας, εταιρεια, εταιρια, επωνυμια, οργανισμος, εργοδοτης, διευθυντης, βοηθος, ιδιοκτητης, πωλητης, συμβουλος, προμηθευτης, καταστημα, υποκαταστημα, γιατρος, δασκαλος, υπευθυνος επικοινωνιας, ονομα χρηστη, χρηστης, τμημα, σχολειο, παραληπτης, λογαριασμος',
  },
  number: {
    en: 'number, no, nr, num, numbers, nos',
    sv: 'nummer, nr',
    no: 'nummer, nr',
    da: 'nummer, nr',
    fi: 'numero, nro',
    de: 'nummer, nr',
    nl: 'nummer, nr',
    fr: 'numero, n',
    es: 'numero, num',
    it: 'numero, n',
    pt: 'numero, n',
    pl: 'numer, nr',
    tr: 'numara, numarasi, no',
    el: 'αριθμος, αρ',
  },
  neutral: {
    en: 's, the, my, your, their, of, for, to, via, by, and, or, a, an, in, on, i, is, has, with, from, value, primary, main, preferred, contact, contacts, customer, customers, client, member, person, profile, people, user s, e164, e 164, international, intl, field, column, current, klaviyo, hubspot, mailchimp, brevo, shopify, salesforce, apsis, crm, lead, required, optional, buyer, subscriber s, guest, patient, donor, attendee, participant, latest, full, us, we, marketing contact, attribute, info, yes, yes no, y n, iys',
    sv: 'for, till, att, fa, pa, om, och, eller, av, via, min, mitt, ditt, kund, kunds, kundens, kontakt, kontaktens, kontakts, medlem, medlemmens, medlems, person, personens, huvud, primar, obligatorisk, uppgift, skickas, ta emot, emot, uppgifter, kontaktuppgift, ja nej, marknads',
    no: 'for, til, a, fa, pa, om, og, eller, av, via, min, ditt, kunde, kundens, kundes, kontakt, kontaktens, medlem, medlemmets, person, personens, hoved, primaer, motta, ja nei',
    da: 'for, til, at, fa, pa, om, og, eller, af, via, min, dit, kunde, kundens, kundes, kontakt, kontaktens, medlem, medlemmets, person, personens, hoved, primaer, modtage, ja nej',
    fi: 'asiakas, asiakkaan, jasen, jasenen, henkilo, henkilon, ensisijainen, yhteystieto, ja, tai, kontakti, saa, lahettaa, kylla ei, vastaanottaa, varten',
    de: 'fur, zu, zum, zur, an, per, und, oder, von, vom, mein, ihre, kunde, kunden, des kunden, kontakt, mitglied, mitglieds, person, haupt, primar, pflichtfeld, der, die, das, den, uber, erhalten, empfang, ja nein, in, aktuelle',
    nl: 'voor, van, via, per, en, of, klant, klanten, contact, lid, persoon, hoofd, primair, ontvangen, het, de, ja nee, om, te',
    fr: 'pour, par, de, du, des, le, la, les, l, d, a, et, ou, client, clients, contact, membre, personne, principal, principale, recevoir, en, au, aux, oui non, mon, votre',
    es: 'para, por, de, del, la, el, los, las, y, o, cliente, clientes, contacto, miembro, persona, principal, recibir, si no, en, al',
    it: 'per, via, di, del, della, la, il, lo, i, e, o, cliente, clienti, contatto, membro, persona, principale, ricevere, al, alla, agli, allo, invio, si no',
    pt: 'para, por, de, do, da, a, o, os, as, e, ou, cliente, clientes, contacto, contato, membro, pessoa, principal, receber, sim nao, com',
    pl: 'na, do, i, lub, o, w, z, klient, klienta, kontakt, kontaktowy, kontaktowa, czlonek, osoba, osoby, glowny, przez, wysylke, otrzymywanie, wysylanie, tak nie, dla',
    tr: 'icin, ile, ve, veya, musteri, musterinin, kisi, uye, iletisim bilgisi, ana, birincil, evet hayir, alma, gonderimi, gonderim',
    el: 'για, με, και, η, του, της, το, ο, οι, πελατη, πελατης, επικοινωνιας, επαφη, μελος, κυριο, λαμβανω, αποστολης, μεσω, ναι οχι',
  },
}
