/**
 * Names that are common in the countries of an encoding: the letters around an accent tell encodings apart ("Sørensen" and "Dvořák" have
 * the same byte). Only names with letters outside ASCII count. Read by encoding-guess.ts.
 */
export const westernNames = `
åsa åke håkan pär mårten göran jörgen björn börje lars-åke östen örjan söderberg sjöberg öberg åberg lindström bergström sandström engström
åkesson månsson håkansson pålsson göransson jönsson björk björklund sjögren löfgren nordström hägg hägglund ström åström höglund käll källström
sörensen søren jørgen bjørn øystein åse ragnhild pål håvard sølvi bjørg jørgensen sørensen møller kjær nørgaard kjærgaard østergaard bæk
sæther bjørnstad ødegård håland pedersen-ås solbakken øvrebø tømmer høj højgaard lærke rené mønster brødsgaard sørli gråberg
müller schäfer köhler krüger schröder könig günther jürgen jörg björn käthe böhm größ groß weiß strauß jäger bäcker büchner förster hübner
mäkinen hämäläinen heikkilä järvinen lehtimäki väinö päivi mäkelä pöyhönen jääskeläinen kähkönen yrjö sääski
françois françoise hélène frédéric jérôme rené renée andré andrée gérard stéphane éric élise émile éloïse noël zoé zoë chloé anaïs loïc benoît
théo théodore léa léon maël gaël gaëlle raphaël mickaël joël aurélie aurélien cécile céline mélanie valérie véronique geneviève
lefèvre lefebvre pélissier bérénice besançon côté bélanger lévesque château crête hébert gagné désiré françoisé benoîte thérèse irène agnès hervé
josé maría garcía rodríguez martínez hernández lópez gonzález pérez sánchez ramírez núñez muñoz peña ibáñez yáñez castañeda ordóñez íñigo
álvarez díaz gómez jiménez vázquez domínguez suárez gutiérrez fernández iñaki begoña nuñez zúñiga ángel ángela óscar raúl lucía sofía andrés
joão conceição gonçalves lourenço simões guimarães magalhães antónio antônio inês luís patrícia araújo assunção falcão brandão sebastião mendonça
nicolò niccolò d’alò cantù mattè salomè noè josè forlì foà saccà nardò
guðrún þór þóra sigríður jón ólafur björk kristján guðmundur sigurður ásta ægir bjarnadóttir jónsdóttir guðmundsdóttir einarsdóttir pétur þorsteinn
daniël michaël joëlle zoë noëlle renée andrée coördinatie citroën
förnamn namn född kön årtal ålder gatuadress län värde köp senaste fødselsdato kjønn telefonnummer straße prénom téléphone dirección teléfono número endereço
malmö göteborg västerås örebro linköping norrköping jönköping umeå gävle borås växjö luleå köpenhamn københavn århus tromsø bodø ålesund münchen köln düsseldorf nürnberg zürich genève orléans besançon málaga córdoba cádiz são`

export const centralNames = `
łukasz małgorzata stanisław władysław mirosław jarosław bogusław wiesław zdzisław bolesław michał paweł rafał karolina żaneta elżbieta
agnieszka wiśniewska wiśniewski wójcik kamiński kamińska lewandowski zieliński zielińska szymański szymańska woźniak dąbrowski dąbrowska kozłowski
kozłowska jabłoński jabłońska piotrowski grabowski pawłowski pawłowska michalski krół król wieczorek wróbel jasiński jasińska gołąb zając głowacki
błaszczyk ciećwierz świątek świderski źródło żak żukowski czyż ząbek kępa wąsik rzońca krakowiańczyk urbańczyk stępień stępniewski górski górska
józef grażyna bożena mieczysław bronisława sławomir przemysław kraków łódź gdańsk poznań wrocław częstochowa toruń białystok imię miejscowość
jiří ondřej tomáš lukáš matěj vojtěch štěpán řehoř zdeněk luděk květa běla božena růžena kateřina lenka věra dvořák dvořáková novák nováková
svoboda černý černá procházka procházková kučera kučerová veselý horák němec němcová pokorný marek pospíšil hájek jelínek král růžička beneš
fiala sedláček doležal zeman kolář navrátil čermák vaněk urban blažek kříž kovář bartoš bureš mašek šimek šťastný příjmení jméno město brno plzeň
ľubomír ľudmila ján jozef štefan ľuboš žofia ondrej gašpar baláž kováč kováčová horváth varga tóth szabó molnár hudák oravec krajčí mikuláš
gábor lászló józsef istván jános péter tamás márton ágnes éva erzsébet mária katalin győző győr székely kovács nagy németh szűcs őry szőke sütő
török hegedűs fekete dömötör bíró gergő ernő jenő rezső ödön törő fűzfa kőszegi erdős köves tűz
ștefan ştefan ioniţă ionuţ răzvan bogdan cătălin cătălina mădălina ţepeş ţăran vasile ştefănescu năstase bălan rusu lupaşcu mureşan chiriţă
dragoş tănase păun stănescu niţă muşat băsescu brâncuşi îlie constanţa bucureşti iaşi timişoara
jovanović petrović nikolić marković đorđević stojanović ilić kovačević horvat babić marić jurić novak knežević vuković božić perić đurić šarić
željko žarko đuro branko šime čedomir đokić matić tomić župan čolić šimić krešimir boža križ ljubljana žiga matjaž aleš boštjan grošelj košir`

export const turkishNames = `
ayşe fatma mehmet mustafa ahmet hüseyin ömer gülşen gülay yıldız yıldırım yılmaz kılıç çelik şahin öztürk aydın özdemir arslan doğan kılınç çetin
koç kurt özkan şimşek polat özçelik erdoğan korkmaz çakır güneş bozkurt şeker ışık ışıl tuğba tuğçe çağla çağrı doğuş ebru şeyma şule gökhan
oğuz uğur buğra yiğit yağmur özgür özlem özge ünal şükrü sıla ırmak aslı açıkgöz kaplan bülent gülseren ayşegül müslüm nazlı hatice
karadağ dağ tekdağ akdağ demirtaş taşkın güçlü sağlam yavaş aktaş karataş çiçek şen aslan doğru kahraman istanbul izmir eskişehir diyarbakır
muğla ağrı iğdır şanlıurfa kırşehir balıkesir tekirdağ adı soyadı şehir kayıt müşteri`

export const balticNames = `
jānis māris kārlis pēteris andris līga ilze ieva anna krišjānis ģirts ķirsis ņina šarlote žanis dāvis mārtiņš ēriks zigfrīds bērziņš bērziņa
kalniņš kalniņa ozoliņš jansons liepiņš krūmiņš krūmiņa zariņš zariņa vītols vītola ozols balodis āboliņš āboliņa lācis rīga liepāja jelgava
jūrmala daugavpils rēzekne vārds uzvārds tālrunis
jonas petras antanas kęstutis žydrūnas rūta eglė giedrė jūratė živilė šarūnas ąžuolas mindaugas kazlauskas jankauskienė petrauskienė
stankevičius stankevičienė vasiliauskas žukauskas butkus paulauskienė urbonas kavaliauskas šimkus čepulis šiauliai klaipėda panevėžys vardas
pavardė gintarė ramunė dalė žemaitė mačiulis matulevičius ūsas įmonė vilniūtė kazlauskaitė žilinskaitė bartkutė
mäe pärn jõgi kõiv tõnu tõnis jüri jaan ülle õie väino märt põder mägi kütt sõber öö tartu pärnu võru jõhvi rõõm kõrv`
