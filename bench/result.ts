/**
 * What does a benchmark say? One figure, beside the same figure of a reference measured in the same run on the same machine.
 * `npm run -s bench -- NAME --json` prints exactly this.
 */
export interface BenchResult {
  name: string
  figure: number
  /** What `figure` and `reference` count, as in `texts/s`. */
  unit: string
  better: 'higher' | 'lower'
  /** The reference's figure; null, and `ratio` with it, where none can run here. */
  reference: number | null
  /** figure / reference */
  ratio: number | null
  /** How many messages, texts, rows or requests were measured. */
  size: number
  detail: Record<string, unknown>
}
