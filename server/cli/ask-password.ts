/**
 * How does a verb get a password? From --password-file, else HOMING_GATEWAY_PASSWORD, else by asking on a terminal, without echo. Never from
 * an argument.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { problem } from '../../core/problems.ts'
import type { Words } from './arguments.ts'

/** Undefined: nothing was said, and nobody can be asked. Throws cli_usage. */
export async function askPassword(words: Words, of?: { systemId: string; host: string }): Promise<string | undefined> {
  const file = words.text('password-file')
  if (file !== undefined) return firstLine(file)
  if (process.env.HOMING_GATEWAY_PASSWORD !== undefined) return process.env.HOMING_GATEWAY_PASSWORD
  if (process.stdin.isTTY !== true) return undefined
  process.stderr.write(of === undefined ? 'New password: ' : `Password of ${of.systemId} at ${of.host}: `)
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() })
  const asked = createInterface({ input: process.stdin, output: mute, terminal: true })
  try {
    return await asked.question('')
  } finally {
    asked.close()
    process.stderr.write('\n')
  }
}

/** `-`: standard input. An end of line is no part of it. */
function firstLine(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    throw problem('cli_usage', {
      what: `--password-file ${file}: ${why}`,
      usage: 'gateway add … --password-file FILE|-',
    })
  }
}
