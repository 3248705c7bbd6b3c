/** The verb `secrets`: the key of the installation's secrets, looked at and changed. It never prints one. */
import { problem } from '../../core/problems.ts'
import { resealSecrets } from '../gateways/secrets.ts'
import { keySource } from '../platform/secrets/key-file.ts'
import { keyIdInUse, rotateKey } from '../platform/secrets/keyring.ts'
import type { CommandWords } from './arguments.ts'
import type { CliContext } from './context.ts'
import { printAnswer } from './set-up.ts'

export async function runSecrets({ db, config, keys }: CliContext, words: CommandWords): Promise<number> {
  const [act] = words.positionals
  if (act === 'rotate') {
    const { before, now } = await rotateKey(db, config, { lost: words.on('lost'), reseal: resealSecrets })
    printAnswer(
      words,
      { before, now },
      `Passwords of gateways are encrypted with the key ${now} from now on. Copy ${keySource(config).name} to a safe place, apart from the backups of the database. Its earlier keys open earlier backups. Sign-in sessions end when the web process starts again.`,
    )
    return 0
  }
  if (act !== undefined)
    throw problem('cli_usage', { what: `There is no "secrets ${act}"`, usage: 'secrets | secrets rotate [--lost]' })
  const id = await keyIdInUse(db)
  const from = keySource(config).name
  printAnswer(
    words,
    { key: id, from, fault: keys.fault ?? null },
    keys.fault === undefined ? `The key ${id} from ${from} is in use.` : `${keys.fault}.`,
  )
  return keys.fault === undefined ? 0 : 1
}
