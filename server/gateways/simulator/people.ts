/**
 * What do people do with a message that has arrived? Some click, some have a program that clicks first, some opt out by
 * the page behind the last link. They try until they get their answer, so that what is counted here is what happened.
 */
import type { Fate } from './population.ts'
import {
  agentOf,
  formsOf,
  previewAgent,
  type SimulatedVisit,
  scannerAddress,
  scannerAgent,
  staysHere,
  type VisitAnswer,
  visit,
  visitorAddressOf,
} from './visits.ts'

export type Deed = 'click' | 'scan' | 'optOut'

export type PeopleHooks = {
  /** A deed is done: the server has answered as it should. */
  done(deed: Deed, count: number, uncertain: boolean): void
  /** A deed that cannot be done any more: a link that leads nowhere. */
  dead(deed: Deed): void
}

/** Visits under way at the same time. */
const together = 32
const firstRetryMs = 200
const longestRetryMs = 5000

export class People {
  readonly #queue: (() => Promise<void>)[] = []
  #head = 0
  #running = 0
  #stopped = false

  /** Deeds that wait for their turn or are under way. */
  get busy(): number {
    return this.#queue.length - this.#head + this.#running
  }

  /** Begins a deed now. Links lead to this machine, see visitable. */
  begin(deed: Deed, number: string, fate: Fate, links: readonly URL[], hooks: PeopleHooks): void {
    const deeds = {
      click: () => this.#click(number, links[0]!, hooks),
      scan: () => this.#scan(fate, links, hooks),
      optOut: () => this.#optOut(number, links.at(-1)!, hooks),
    }
    this.#queue.push(deeds[deed])
    this.#next()
  }

  stop(): void {
    this.#stopped = true
    this.#queue.length = 0
    this.#head = 0
  }

  #next(): void {
    while (this.#running < together && this.#head < this.#queue.length) {
      const errand = this.#queue[this.#head++]!
      if (this.#head >= 1000) {
        this.#queue.splice(0, this.#head)
        this.#head = 0
      }
      this.#running++
      errand().finally(() => {
        this.#running--
        this.#next()
      })
    }
  }

  async #click(number: string, url: URL, hooks: PeopleHooks): Promise<void> {
    const { answer, uncertain } = await this.#insist({
      method: 'GET',
      url,
      agent: agentOf(number),
      localAddress: visitorAddressOf(number),
    })
    if (!answer) return
    if (answer.status >= 400) hooks.dead('click')
    else hooks.done('click', isRedirect(answer.status) ? 1 : 0, uncertain)
  }

  /** A program fetches all links, the opt-out page too; that one answers without a redirect and must change nothing. */
  async #scan(fate: Fate, links: readonly URL[], hooks: PeopleHooks): Promise<void> {
    const method = fate.scan === 'head' ? 'HEAD' : 'GET'
    const agent = fate.scan === 'head' ? scannerAgent : previewAgent
    let count = 0
    let maybeTwice = false
    for (const url of links) {
      const { answer, uncertain } = await this.#insist({ method, url, agent, localAddress: scannerAddress })
      if (!answer) return
      if (isRedirect(answer.status)) count++
      maybeTwice ||= uncertain
    }
    hooks.done('scan', count, maybeTwice)
  }

  async #optOut(number: string, page: URL, hooks: PeopleHooks): Promise<void> {
    const from = { agent: agentOf(number), localAddress: visitorAddressOf(number) }
    const shown = await this.#insist({ method: 'GET', url: page, ...from })
    if (!shown.answer) return
    // The only link of a text may be no opt-out link: then the visit was a click.
    if (isRedirect(shown.answer.status)) {
      hooks.done('click', 1, shown.uncertain)
      return
    }
    const forms = shown.answer.status === 200 ? formsOf(shown.answer.body, page) : []
    // Who has opted out before is offered to undo it, which nobody who comes for this wants.
    const button = forms.find(({ form }) => !/undo/i.test(form))
    if (!button) {
      if (forms.length > 0) hooks.done('optOut', 0, shown.uncertain)
      else hooks.dead('optOut')
      return
    }
    const pressed = await this.#insist({ method: 'POST', url: button.url, form: button.form, ...from })
    if (!pressed.answer) return
    if (pressed.answer.status >= 200 && pressed.answer.status < 400) hooks.done('optOut', 1, pressed.uncertain)
    else hooks.dead('optOut')
  }

  /** Until there is an answer that is neither "later" (429) nor a fault of the server; undefined when stopped. */
  async #insist(
    visited: SimulatedVisit,
  ): Promise<{ answer: (VisitAnswer & { kind: 'answered' }) | undefined; uncertain: boolean }> {
    let uncertain = false
    let wait = firstRetryMs
    while (!this.#stopped) {
      const answer = await visit(visited)
      if (answer.kind === 'answered' && answer.status !== 429 && answer.status < 500) return { answer, uncertain }
      if (answer.kind === 'broken') uncertain = true
      await new Promise(resolve => setTimeout(resolve, wait))
      wait = Math.min(longestRetryMs, wait * 2)
    }
    return { answer: undefined, uncertain }
  }
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400
}

/**
 * Which links of a text may be requested? Only short links of the installation: one of `origins` and a code behind it. A text holds
 * what strangers have written (a first name may be a URL), and a visit posts forms: no other server of this machine may get one.
 */
export function visitable(links: readonly URL[], origins: readonly string[]): URL[] {
  return links.filter(
    url => staysHere(url) && origins.some(origin => url.href.startsWith(`${origin}/`) && isCode(url.href, origin)),
  )
}

function isCode(href: string, origin: string): boolean {
  return /^[a-z0-9]+$/i.test(href.slice(origin.length + 1))
}
