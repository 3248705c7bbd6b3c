/**
 * To whom does a reply belong? The number that it comes from, the workspace that last sent to it from the sender that is
 * answered, and that message. Looked for over all gateways of the account that it came down (server/gateways/account.ts).
 */
import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max'
import { readAccounts } from '../gateways/account.ts'
import type { Db } from '../platform/db/database.ts'
import { countryOfSender, phoneByForm, phonesAnywhere, phonesOfReply } from './reply-address.ts'
import type { WholeReply } from './reply-parts.ts'
import { type AnsweredAddress, type LastMessage, type ReplyGateway, readGateways, readLastMessages } from './store.ts'

export interface Answered {
  row: WholeReply
  /** whose reply it is; the bind's own workspace where no message is found */
  here: ReplyGateway & { gatewayId: number }
  /** the workspaces of the account */
  everywhere: number[]
  /** E.164; undefined: the address is no number */
  phone: string | undefined
  last: LastMessage | undefined
}

/** How many replies are looked for in all countries at once: some 200 numbers each. */
const abroadAtOnce = 100

interface Account {
  gateways: (ReplyGateway & { gatewayId: number })[]
  workspaceIds: number[]
  countries: CountryCode[]
}

/** One for each row, in their order; those of gateways that nobody knows (any more) drop out. */
export async function readAnswered(tx: Db, rows: readonly WholeReply[]): Promise<Answered[]> {
  if (rows.length === 0) return []
  const accounts = await readAccountsOf(tx, rows)
  const known = rows.flatMap(row => {
    const account = accounts.get(row.gatewayId ?? 0)
    return account === undefined ? [] : [{ row, account }]
  })
  const phones = known.map(({ row, account }) =>
    phonesOfReply(row.body, countryOfSender(row.body.sender, account.countries)),
  )
  const found = await readFirst(
    tx,
    known.map((one, i) => ({ ...one, phones: phones[i]! })),
  )
  const abroad = known.flatMap((one, i) => {
    const anywhere = found[i] === undefined ? phonesAnywhere(one.row.body) : []
    return anywhere.length === 0 ? [] : [{ ...one, i, phones: anywhere }]
  })
  for (let from = 0; from < abroad.length; from += abroadAtOnce) {
    const some = abroad.slice(from, from + abroadAtOnce)
    const last = await readFirst(tx, some, 'newest')
    some.forEach(({ i }, n) => {
      found[i] = last[n]
    })
  }
  return known.map(({ row, account }, i) => {
    const last = found[i]
    const own = account.gateways.find(({ gatewayId }) => gatewayId === row.gatewayId)!
    const isOurs = last === undefined || last.workspaceId === own.workspaceId
    return {
      row,
      here: isOurs ? own : account.gateways.find(({ workspaceId }) => workspaceId === last.workspaceId)!,
      everywhere: account.workspaceIds,
      phone: last?.address ?? phoneByForm(row.body, countryOfSender(row.body.sender, account.countries)),
      last,
    }
  })
}

/** The gateway's own workspace first: its country counts before those of the others. */
async function readAccountsOf(tx: Db, rows: readonly WholeReply[]): Promise<Map<number, Account>> {
  const accounts = await readAccounts(tx, [...new Set(rows.flatMap(row => row.gatewayId ?? []))])
  const gateways = await readGateways(
    tx,
    [...accounts.values()].flat().map(({ gatewayId }) => gatewayId),
  )
  const of = (ids: readonly number[]): Account => {
    const all = ids.flatMap(gatewayId => {
      const gateway = gateways.get(gatewayId)
      return gateway === undefined ? [] : [{ gatewayId, ...gateway }]
    })
    const countries = all
      .map(({ country }) => country)
      .filter((country): country is CountryCode => isSupportedCountry(country))
    return {
      gateways: all,
      workspaceIds: [...new Set(all.map(({ workspaceId }) => workspaceId))],
      countries: [...new Set(countries)],
    }
  }
  return new Map(
    [...accounts].map(([id, members]) => {
      const others = members.map(({ gatewayId }) => gatewayId).filter(gatewayId => gatewayId !== id)
      return [id, of([id, ...others])]
    }),
  )
}

/**
 * For each reply the message that it answers: of the likeliest number that anything was sent to (`likeliest`), or of whichever
 * was sent to last (`newest`); in any workspace of the account.
 */
async function readFirst(
  tx: Db,
  asked: readonly { row: WholeReply; account: Account; phones: readonly string[] }[],
  which: 'likeliest' | 'newest' = 'likeliest',
): Promise<(LastMessage | undefined)[]> {
  const questions = asked.flatMap(({ row, account, phones }, of) =>
    phones.flatMap(phone =>
      account.workspaceIds.map((workspaceId): AnsweredAddress & { of: number } => {
        return { of, workspaceId, address: phone, sender: row.body.sender, before: row.at }
      }),
    ),
  )
  const messages = await readLastMessages(tx, questions)
  const first: (LastMessage | undefined)[] = asked.map(() => undefined)
  questions.forEach(({ of }, i) => {
    const message = messages[i]
    const before = first[of]
    if (message === undefined) return
    const isOther = before !== undefined && which === 'likeliest' && before.address !== message.address
    if (before === undefined || (!isOther && message.at > before.at)) first[of] = message
  })
  return first
}
