/**
 * Whose import is next? One of a workspace at a time (a second would wait for the first to be merged), and the workspaces in turn: whoever
 * has just had one is behind the others. A short list never waits for long ones, however many workspaces have long ones: the last of the
 * places is for short lists alone.
 */
export interface Candidate {
  id: number
  workspaceId: number
  upload: string
  starts: number
  bytes: number
  /** A process runs it, or another one of its workspace. */
  held: boolean
}

/** Read, checked and merged within a few seconds. */
const shortBytes = 2 * 1024 * 1024

/** `short`: for short lists alone. */
export const importPlaces: readonly { short: boolean }[] = [{ short: false }, { short: false }, { short: true }]

export class ImportTurns {
  readonly #running = new Set<number>()
  readonly #last = new Map<number, number>()
  #turn = 0

  /** The next one, taken; undefined: none may begin now. `candidates`: one of each workspace. */
  take(candidates: readonly Candidate[], short: boolean): Candidate | undefined {
    const [next] = candidates
      .filter(
        ({ held, workspaceId, bytes }) => !held && !this.#running.has(workspaceId) && (!short || bytes <= shortBytes),
      )
      .toSorted((a, b) => this.#lastOf(a) - this.#lastOf(b) || a.id - b.id)
    if (next === undefined) return undefined
    this.#running.add(next.workspaceId)
    this.#last.set(next.workspaceId, ++this.#turn)
    return next
  }

  free({ workspaceId }: Candidate): void {
    this.#running.delete(workspaceId)
  }

  #lastOf({ workspaceId }: Candidate): number {
    return this.#last.get(workspaceId) ?? 0
  }
}
