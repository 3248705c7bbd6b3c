/**
 * Countries (ISO 3166-1) with the currency that is used there (ISO 4217) and their time zones: what a new workspace begins with, until a person
 * says otherwise. Source: ISO 4217 amendment 178; the Euro's members of 2026. Time zones are those that Intl knows.
 */

const byCurrency: Readonly<Record<string, string>> = {
  EUR: 'AD AT AX BE BG BL CY DE EE ES FI FR GF GP GR HR IE IT LT LU LV MC ME MF MQ MT NL PM PT RE SI SK SM VA XK YT',
  USD: 'AS BQ EC FM GU IO MH MP PR PW SV TC TL US VG VI',
  GBP: 'GB GG GI IM JE SH',
  AUD: 'AU CC CX KI NF NR TV',
  NZD: 'CK NU NZ PN TK',
  DKK: 'DK FO GL',
  NOK: 'NO SJ',
  CHF: 'CH LI',
  XOF: 'BF BJ CI GW ML NE SN TG',
  XAF: 'CF CG CM GA GQ TD',
  XCD: 'AG AI DM GD KN LC MS VC',
  XPF: 'NC PF WF',
  MAD: 'EH MA',
  ILS: 'IL PS',
}
const own =
  'AE:AED AF:AFN AL:ALL AM:AMD AO:AOA AR:ARS AW:AWG AZ:AZN BA:BAM BB:BBD BD:BDT BH:BHD BI:BIF BM:BMD BN:BND BO:BOB BR:BRL BS:BSD BT:BTN BW:BWP BY:BYN BZ:BZD CA:CAD CD:CDF CL:CLP CN:CNY CO:COP CR:CRC CU:CUP CV:CVE CZ:CZK DJ:DJF DO:DOP DZ:DZD EG:EGP ER:ERN ET:ETB FJ:FJD FK:FKP GE:GEL GH:GHS GM:GMD GN:GNF GT:GTQ GY:GYD HK:HKD HN:HNL HT:HTG HU:HUF ID:IDR IN:INR IQ:IQD IR:IRR IS:ISK JM:JMD JO:JOD JP:JPY KE:KES KG:KGS KH:KHR KM:KMF KP:KPW KR:KRW KW:KWD KY:KYD KZ:KZT LA:LAK LB:LBP LK:LKR LR:LRD LS:LSL LY:LYD MD:MDL MG:MGA MK:MKD MM:MMK MN:MNT MO:MOP MR:MRU MU:MUR MV:MVR MW:MWK MX:MXN MY:MYR MZ:MZN NA:NAD NG:NGN NI:NIO NP:NPR OM:OMR PA:PAB PE:PEN PG:PGK PH:PHP PK:PKR PL:PLN PY:PYG QA:QAR RO:RON RS:RSD RU:RUB RW:RWF SA:SAR SB:SBD SC:SCR SD:SDG SE:SEK SG:SGD SL:SLE SO:SOS SR:SRD SS:SSP ST:STN SY:SYP SZ:SZL TH:THB TJ:TJS TM:TMT TN:TND TO:TOP TR:TRY TT:TTD TW:TWD TZ:TZS UA:UAH UG:UGX UY:UYU UZ:UZS VE:VES VN:VND VU:VUV WS:WST YE:YER ZA:ZAR ZM:ZMW'

const currencies: ReadonlyMap<string, string> = new Map([
  ...Object.entries(byCurrency).flatMap(([currency, of]) =>
    of.split(' ').map((code): [string, string] => [code, currency]),
  ),
  ...own.split(' ').map((pair): [string, string] => [pair.slice(0, 2), pair.slice(3)]),
])

export function currencyOf(country: string): string | undefined {
  return currencies.get(country)
}

/** Three capital letters that Intl lists. */
export function isCurrency(code: string): boolean {
  known ??= new Set(Intl.supportedValuesOf('currency'))
  return known.has(code)
}
let known: ReadonlySet<string> | undefined

/** The country of a zone: "Europe/Stockholm" -> "SE". undefined: of none (UTC), or the browser cannot say. About 1 ms per country. */
export function countryOfZone(zone: string): string | undefined {
  return [...currencies.keys()].find(country => zonesOf(country).includes(zone))
}

/** Not every browser has it. */
function zonesOf(country: string): readonly unknown[] {
  const locale = new Intl.Locale('und', { region: country })
  const read: unknown = Reflect.get(locale, 'getTimeZones')
  const zones: unknown = typeof read === 'function' ? read.call(locale) : undefined
  return Array.isArray(zones) ? zones : []
}
