/** The verb `unmatched`: what came in and became no fact, of the whole installation. */

import { retryAll } from '../inbox/set-aside.ts'
import { listUnmatched, maskNumber } from '../inbox/unmatched.ts'
import { recordKinds } from '../record-kinds.ts'
import type { CommandWords } from './arguments.ts'
import type { CliContext } from './context.ts'
import { actor, printAnswer } from './set-up.ts'

const shown = 200

export async function runUnmatched({ db, clock }: CliContext, words: CommandWords): Promise<undefined> {
  if (words.on('retry')) {
    const records = await retryAll(db, { workspaceId: null, actor }, clock.now())
    const sentence =
      records === 0
        ? 'Nothing is set aside or given up. Receipts that wait for their message are matched again automatically.'
        : `The worker now tries ${records} ${records === 1 ? 'record' : 'records'} again.`
    printAnswer(words, { records }, sentence)
    return
  }
  const { items: rows } = await listUnmatched(db, { workspaceId: null, limit: shown, kinds: recordKinds })
  const lines = rows.map(({ at, state, kind, gateway, number, tries, why, reference }) =>
    [
      at.toISOString(),
      ...(state === kind ? [state] : [state, kind]),
      gateway ?? '-',
      reference ?? '-',
      maskNumber(number) || '-',
      `${tries} tries`,
      why ?? '',
    ].join('  '),
  )
  printAnswer(words, rows, lines.length === 0 ? 'Nothing is unmatched.' : lines.join('\n'))
}
