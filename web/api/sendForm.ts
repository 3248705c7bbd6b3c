/** Files are sent as forms, which the generated client does not type; the responses have its types. */
import { ApiProblem } from './problem.ts'

export async function sendForm<Body>(path: string, form: FormData, signal?: AbortSignal): Promise<Body> {
  const response = await fetch(path, { method: 'POST', body: form, credentials: 'same-origin', signal: signal ?? null })
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw new ApiProblem(response.status, body)
  return body as Body
}
