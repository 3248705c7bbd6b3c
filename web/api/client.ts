/**
 * The client for the server's API, typed by the OpenAPI document (schema.d.ts). Pages reach the server only through it.
 * `await answer(api.GET(path, …))` returns the body of a successful response, or throws an ApiProblem.
 */
import createClient from 'openapi-fetch'
import { ApiProblem } from './problem.ts'
import type { paths } from './schema.d.ts'

export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: 'same-origin' })

export async function answer<Data>(
  request: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Exclude<Data, undefined>> {
  const { data, error, response } = await request
  if (!response.ok) throw new ApiProblem(response.status, error, response.headers.get('retry-after'))
  return data as Exclude<Data, undefined>
}

/** The items of a list that always fits on one page. */
export const items = async <Item>(page: Promise<{ items: Item[] }>): Promise<Item[]> => (await page).items

type Json<Response> = Response extends { content: { 'application/json': infer Body } } ? Body : never
type Success<Responses> = {
  [Status in keyof Responses]: Status extends 200 | 201 | 202 ? Json<Responses[Status]> : never
}[keyof Responses]

/** The body of a successful response: `Answer<'/api/v1/me', 'get'>`. */
export type Answer<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  responses: infer Responses
}
  ? Success<Responses>
  : never

/** What a request sends: `Body<'/api/v1/me', 'patch'>`. */
export type Body<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  requestBody?: infer Request
}
  ? Json<Exclude<Request, undefined>>
  : never
