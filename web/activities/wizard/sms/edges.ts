/** What a character more or less would change, in a sentence. */
import { credits, plural } from '../../../ui/numbers.ts'
import type { Audience } from '../../queries.ts'

export function edgeSentences({ more, less, queued }: Pick<Audience, 'more' | 'less' | 'queued'>): string[] {
  const found: string[] = []
  if (more) {
    const who = more.messages === queued ? 'every SMS needs' : plural(more.messages, 'person needs', 'people need')
    found.push(
      `With ${plural(more.characters, 'more character')}, ${who} one more part: ${credits(more.credits)} more credits.`,
    )
  }
  if (less) {
    const who = less.messages === queued ? 'every SMS needs' : plural(less.messages, 'person needs', 'people need')
    found.push(
      `With ${plural(less.characters, 'fewer character')}, ${who} one part less: ${credits(less.credits)} fewer credits.`,
    )
  }
  return found
}
