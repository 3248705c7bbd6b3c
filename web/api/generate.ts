/**
 * `node web/api/generate.ts` writes schema.d.ts, the types of the client, from the server's OpenAPI document. Run it
 * after each change of the API; e2e/api-types.e2e.ts fails when schema.d.ts is out of date.
 */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const file = new URL('schema.d.ts', import.meta.url)
const maxDocumentBytes = 32 * 1024 * 1024

/** The text that schema.d.ts must have. */
export async function generateTypes(): Promise<string> {
  // A child process prints the document, because web must not import the server.
  const { stdout } = await run(process.execPath, ['server/api-document.ts'], { cwd: root, maxBuffer: maxDocumentBytes })
  return COMMENT_HEADER + astToString(await openapiTS(stdout))
}

export const storedTypes = () => readFile(file, 'utf8')

if (import.meta.main) await writeFile(file, await generateTypes())
