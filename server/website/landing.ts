/**
 * Where a person's click on a link to a website of the workspace leads: the address with a token, from which the script of the website knows the
 * person. Behind `#`, which browsers do not send: neither the shop's server nor its logs see it. Only where the address has a fragment already, or the
 * website keeps its pages there, it is a query parameter.
 */
import { isbot } from 'isbot'
import { judgeHit } from '../../core/clicks/hit.ts'
import type { Landing } from '../clicks/redirect.ts'
import type { VisitTokens } from '../links/visit-token.ts'
import type { KnownWebsites } from './known-websites.ts'

export const tokenName = 'hm'

export function makeLanding(websites: Pick<KnownWebsites, 'ofHost'>, tokens: VisitTokens): Landing {
  return ({ workspaceId, number }, location, signs) => {
    const url = URL.parse(location)
    const website = url === null ? undefined : websites.ofHost(workspaceId, url.hostname.replace(/\.$/, ''))
    if (url === null || website === undefined) return location
    const { method, agent, headers, addressClass, at } = signs()
    if (judgeHit({ method, agent, isBot: isbot(agent), headers, addressClass }) !== null) return location
    const token = tokens.seal({ codeNumber: number, clickedAt: at })
    if (url.hash === '' && !website.hashRoutes) return `${url.href.replace(/#$/, '')}#${tokenName}=${token}`
    url.search += `${url.search === '' ? '' : '&'}${tokenName}=${token}`
    return url.href
  }
}
