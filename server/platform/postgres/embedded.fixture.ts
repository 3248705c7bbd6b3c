/**
 * For tests: `node embedded.fixture.ts FOLDER [OPTIONS as JSON]` holds the embedded server of a folder in its own process. It prints one JSON
 * line when the server is up, or the code of the problem, and stops at the end of stdin. As a process it can be another user and can be killed.
 */
import { Problem } from '../../../core/problems.ts'
import { type EmbeddedOptions, ensureServer } from './embedded.ts'

const [folder = '', options = '{}'] = process.argv.slice(2)
const notices: string[] = []
try {
  const server = await ensureServer({
    ...(JSON.parse(options) as Partial<EmbeddedOptions>),
    folder,
    notice: sentence => notices.push(sentence),
  })
  const { connectionString, startedByUs } = server
  process.stdout.write(`${JSON.stringify({ connectionString, startedByUs, pid: server.pid(), notices })}\n`)
  for await (const _ of process.stdin);
  await server.stop()
} catch (error) {
  const { code, message } =
    error instanceof Problem ? error : { code: 'crash', message: String((error as Error).stack) }
  process.stdout.write(`${JSON.stringify({ code, message })}\n`)
  process.exitCode = 1
}
