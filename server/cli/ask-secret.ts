/**
 * How does a verb get a secret setting of a gateway, such as its password? From --password-file, else HOMING_GATEWAY_PASSWORD, else by asking on
 * a terminal, without echo. Never from an argument. The names follow the setting's flag: an `api-key` is in --api-key-file.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { problem } from '../../core/problems.ts'
import type { CommandWords } from './arguments.ts'

export const fileFlag = (flag: string): string => `${flag}-file`
export const variableOf = (flag: string): string => `HOMING_GATEWAY_${flag.replaceAll('-', '_').toUpperCase()}`
const fromEnvironment = (flag: string) => process.env[variableOf(flag)]

/** There is one without asking. */
export const givenSecret = (words: CommandWords, flag: string): boolean =>
  words.text(fileFlag(flag)) !== undefined || fromEnvironment(flag) !== undefined

/** `title`: what is asked for on a terminal. Undefined: none is given, and nobody can be asked. Throws cli_usage. */
export async function askSecret(
  words: CommandWords,
  { flag, title }: { flag: string; title: string },
): Promise<string | undefined> {
  const file = words.text(fileFlag(flag))
  if (file !== undefined) return firstLine(fileFlag(flag), file)
  const variable = fromEnvironment(flag)
  if (variable !== undefined) return variable
  if (process.stdin.isTTY !== true) return undefined
  process.stderr.write(`${title}: `)
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() })
  const asked = createInterface({ input: process.stdin, output: mute, terminal: true })
  try {
    return await asked.question('')
  } finally {
    asked.close()
    process.stderr.write('\n')
  }
}

/** `-`: standard input. The end of the line is not part of it. */
function firstLine(flag: string, file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    throw problem('cli_usage', { what: `--${flag} ${file}: ${why}`, usage: `gateway add … --${flag} FILE|-` })
  }
}
