/**
 * Drafts that New SMS made on this page and nobody has changed yet. One that is left as it was made is deleted, so that a look into the
 * wizard leaves nothing behind.
 */
const untouched = new Set<number>()

export const noteMade = (id: number): void => {
  untouched.add(id)
}

/** Once true, it is false from then on. `revision`: of the draft as it is left. */
export function isLeftUntouched(id: number, revision: number, isChanged: boolean): boolean {
  const wasMadeHere = untouched.delete(id)
  return wasMadeHere && revision === 1 && !isChanged
}
