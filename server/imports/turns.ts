/**
 * Selects the next import: one per workspace at a time (a second would wait for the merge of the first), and the workspaces take turns: one
 * that has just had an import is behind the others. A short list never waits for long ones, however many workspaces have long ones: the last
 * slot is for short lists only.
 */
export interface WaitingImport {
  id: number
  workspaceId: number
  upload: string
  starts: number
  bytes: number
  /** A process runs it, or another import of its workspace. */
  held: boolean
}

/** A list of this size is read, checked and merged within a few seconds. */
const shortBytes = 2 * 1024 * 1024

/** `short`: for short lists only. */
export const importPlaces: readonly { short: boolean }[] = [{ short: false }, { short: false }, { short: true }]

export class ImportTurns {
  readonly #running = new Set<number>()
  readonly #last = new Map<number, number>()
  #turn = 0

  /** Takes the next one; undefined: none may start now. `candidates`: one per workspace. */
  take(candidates: readonly WaitingImport[], short: boolean): WaitingImport | undefined {
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

  free({ workspaceId }: WaitingImport): void {
    this.#running.delete(workspaceId)
  }

  #lastOf({ workspaceId }: WaitingImport): number {
    return this.#last.get(workspaceId) ?? 0
  }
}
