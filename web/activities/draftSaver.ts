/**
 * Saves a draft automatically while its author types. Always: what was typed stays here until the server has it; one request at
 * a time, each with the revision that it is based on; a refusal because someone else was faster (409) stops the saving
 * and keeps both versions; nothing is overwritten or dropped unless a person decides so.
 */
import { type ApiProblem, asProblem } from '../api/problem.ts'

export interface SavedRevision {
  revision: number
}

export type SaveState<Server extends SavedRevision, Changes> =
  | { readonly kind: 'saved' | 'unsaved' | 'saving' }
  | { readonly kind: 'failed'; readonly problem: ApiProblem }
  | { readonly kind: 'conflict'; readonly theirs: Server; readonly mine: Changes }

export interface Snapshot<Server extends SavedRevision, Fields, Changes> {
  /** What the page shows: the server's, with what is not saved yet laid over it. */
  readonly fields: Fields
  readonly server: Server
  readonly state: SaveState<Server, Changes>
}

export interface Calls<Server extends SavedRevision, Changes> {
  save: (revision: number, changed: Changes) => Promise<Server>
  load: () => Promise<Server>
}

/** Lays a change over fields, or over an earlier change. */
export type Lay<Fields, Changes> = <T extends Fields | Changes>(below: T, change: Changes) => T

const pauseMs = 700
const retryMs = 5_000

export class DraftSaver<
  Server extends SavedRevision & Fields,
  Fields extends object,
  Changes extends object = Partial<Fields>,
> {
  private readonly calls: Calls<Server, Changes>
  private readonly lay: Lay<Fields, Changes>
  private readonly listeners = new Set<() => void>()
  private snapshot: Snapshot<Server, Fields, Changes>
  /** null: nothing */
  private pending: Changes | null = null
  private underway: Promise<boolean> | null = null
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    initial: Server,
    calls: Calls<Server, Changes>,
    lay: Lay<Fields, Changes> = (below, change) => ({ ...below, ...change }),
  ) {
    this.calls = calls
    this.lay = lay
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
    return this.underway !== null || this.pending !== null
  }

  readonly change = (changed: Changes): void => {
    this.pending = this.pending === null ? changed : this.lay(this.pending, changed)
    const fields = this.lay(this.snapshot.fields, changed)
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

  /** Ends a conflict: with their version, or with mine laid over it. */
  readonly resolve = (keep: 'mine' | 'theirs'): void => {
    const { state } = this.snapshot
    if (state.kind !== 'conflict') return
    if (keep === 'theirs') this.pending = null
    const fields = this.pending === null ? state.theirs : this.lay<Fields>(state.theirs, this.pending)
    this.publish({ server: state.theirs, fields, state: { kind: keep === 'mine' ? 'unsaved' : 'saved' } })
    if (keep === 'mine') void this.flush()
  }

  private async saveAll(): Promise<boolean> {
    while (this.pending !== null) {
      const sent: Changes = this.pending
      this.pending = null
      this.publish({ state: { kind: 'saving' } })
      try {
        this.publish({ server: await this.calls.save(this.snapshot.server.revision, sent) })
      } catch (thrown) {
        // What was typed meanwhile lies over what was not saved.
        const unsaved = this.pending === null ? sent : this.lay(sent, this.pending)
        this.pending = unsaved
        await this.refused(asProblem(thrown), unsaved)
        return false
      }
    }
    this.publish({ state: { kind: 'saved' } })
    return true
  }

  private async refused(problem: ApiProblem, unsaved: Changes): Promise<void> {
    const theirs = problem.status === 409 ? await this.calls.load().catch(() => null) : null
    this.publish({
      state: theirs ? { kind: 'conflict', theirs, mine: this.pending ?? unsaved } : { kind: 'failed', problem },
    })
    // After a lost connection it retries; after a refused value it waits for the next change.
    if (theirs === null && (problem.status === 0 || problem.status >= 500)) this.later(retryMs)
  }

  private later(ms: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), ms)
  }

  private publish(change: Partial<Snapshot<Server, Fields, Changes>>): void {
    this.snapshot = { ...this.snapshot, ...change }
    for (const listener of this.listeners) listener()
  }
}
