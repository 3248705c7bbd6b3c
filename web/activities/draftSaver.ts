/**
 * Saves a draft by itself while somebody types. Always: what was typed stays here until the server has it; one request at
 * a time, each with the revision that it is based on; a refusal because somebody else was faster (409) stops the saving
 * and keeps both versions; nothing is overwritten or dropped without a person's word.
 */
import { type ApiProblem, asProblem } from '../api/problem.ts'

export interface Saved {
  revision: number
}

export type SaveState<Server extends Saved, Fields> =
  | { readonly kind: 'saved' | 'unsaved' | 'saving' }
  | { readonly kind: 'failed'; readonly problem: ApiProblem }
  | { readonly kind: 'conflict'; readonly theirs: Server; readonly mine: Partial<Fields> }

export interface Snapshot<Server extends Saved, Fields> {
  /** What the page shows: the server's, with what is not saved yet laid over it. */
  readonly fields: Fields
  readonly server: Server
  readonly state: SaveState<Server, Fields>
}

export interface Calls<Server extends Saved, Fields> {
  save: (revision: number, changed: Partial<Fields>) => Promise<Server>
  load: () => Promise<Server>
}

const pauseMs = 700
const retryMs = 5_000

export class DraftSaver<Server extends Saved & Fields, Fields extends object> {
  private readonly calls: Calls<Server, Fields>
  private readonly listeners = new Set<() => void>()
  private snapshot: Snapshot<Server, Fields>
  private pending: Partial<Fields> = {}
  private underway: Promise<boolean> | null = null
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(initial: Server, calls: Calls<Server, Fields>) {
    this.calls = calls
    this.snapshot = { fields: initial, server: initial, state: { kind: 'saved' } }
  }

  // Arrows: React takes them apart from the object.
  readonly read = () => this.snapshot
  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }

  /** True while closing the page would lose something. */
  get dirty(): boolean {
    return this.underway !== null || Object.keys(this.pending).length > 0
  }

  readonly change = (changed: Partial<Fields>): void => {
    this.pending = { ...this.pending, ...changed }
    const fields = { ...this.snapshot.fields, ...changed }
    const { state } = this.snapshot
    if (state.kind === 'conflict') {
      this.publish({ fields, state: { ...state, mine: this.pending } })
    } else {
      this.publish({ fields, state: { kind: 'unsaved' } })
      this.later(pauseMs)
    }
  }

  /** Saves at once; true when the server has everything. Never rejects. */
  readonly flush = (): Promise<boolean> => {
    clearTimeout(this.timer)
    if (this.snapshot.state.kind === 'conflict') return Promise.resolve(false)
    this.underway ??= this.saveAll().finally(() => {
      this.underway = null
    })
    return this.underway
  }

  /** Ends a conflict: theirs as it stands, or mine laid over theirs. */
  readonly resolve = (keep: 'mine' | 'theirs'): void => {
    const { state } = this.snapshot
    if (state.kind !== 'conflict') return
    if (keep === 'theirs') this.pending = {}
    const fields = { ...state.theirs, ...this.pending }
    this.publish({ server: state.theirs, fields, state: { kind: keep === 'mine' ? 'unsaved' : 'saved' } })
    if (keep === 'mine') void this.flush()
  }

  private async saveAll(): Promise<boolean> {
    while (Object.keys(this.pending).length > 0) {
      const sent = this.pending
      this.pending = {}
      this.publish({ state: { kind: 'saving' } })
      try {
        this.publish({ server: await this.calls.save(this.snapshot.server.revision, sent) })
      } catch (thrown) {
        this.pending = { ...sent, ...this.pending }
        await this.refused(asProblem(thrown))
        return false
      }
    }
    this.publish({ state: { kind: 'saved' } })
    return true
  }

  private async refused(problem: ApiProblem): Promise<void> {
    const theirs = problem.status === 409 ? await this.calls.load().catch(() => null) : null
    this.publish({ state: theirs ? { kind: 'conflict', theirs, mine: this.pending } : { kind: 'failed', problem } })
    // A lost connection comes back; a refused value waits for the next change.
    if (theirs === null && (problem.status === 0 || problem.status >= 500)) this.later(retryMs)
  }

  private later(ms: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), ms)
  }

  private publish(change: Partial<Snapshot<Server, Fields>>): void {
    this.snapshot = { ...this.snapshot, ...change }
    for (const listener of this.listeners) listener()
  }
}
