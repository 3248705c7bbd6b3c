/**
 * Is there a proxy in front of Homing that HOMING_TRUSTED_PROXIES does not name? Then all visitors seem to come from one
 * address, and limits and the rule "Many profiles from one address" do not hold. Told at the start by the settings alone, and
 * at the first request that shows it.
 */
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import { type Standing, settleAlarms } from './alarms.ts'

const fix =
  'Set HOMING_TRUSTED_PROXIES to the address of the proxy ("loopback" where it runs on this machine), or to "none" where there is no proxy, and restart.'

export interface ProxyWatchInput {
  db: Database
  clock: Clock
  log: Log
  /** which of several machines */
  machine: string
}

/** Clears what an earlier process has raised. The function is to be called for each request that came through such a proxy. */
export async function watchProxy({ db, clock, log, machine }: ProxyWatchInput): Promise<(proxy: string) => void> {
  const settle = (standing: Standing[]) =>
    settleAlarms(db, { kinds: ['proxy_not_trusted'], subject: machine }, standing, clock.now())
  await settle([])
  let told = false
  return proxy => {
    if (told) return
    told = true
    log.warn({ proxy }, `requests come through a proxy that HOMING_TRUSTED_PROXIES does not name. ${fix}`)
    const alarm: Standing = {
      kind: 'proxy_not_trusted',
      subject: machine,
      workspaceId: null,
      sentence: 'Visitors cannot be told apart: their address is that of a proxy.',
      fix: 'Links and opt-outs work. Limits on wrong passwords hold only in part, and programs that open many links are not recognized. Tell your administrator.',
      detail: `Requests with X-Forwarded-For come from ${proxy}, which HOMING_TRUSTED_PROXIES does not name. ${fix}`,
      afterMs: 0,
    }
    settle([alarm]).catch(() => {
      told = false // the next request tells
    })
  }
}

/** For the log at the start, where the settings alone show that there is a proxy. */
export const proxyNotNamed = `HOMING_URL or HOMING_LINK_URL is https, so a proxy is in front of Homing, and HOMING_TRUSTED_PROXIES does not name it. ${fix}`
