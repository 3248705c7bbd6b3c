/** What a character more or less would change, in a sentence. */
import { count, credits, plural } from '../../../ui/numbers.ts'
import type { Audience } from '../../queries.ts'

export function edgeSentences({ more, less, queued }: Pick<Audience, 'more' | 'less' | 'queued'>): string[] {
  const found: string[] = []
  if (more) {
    const who = more.messages === queued ? 'every SMS has' : `${plural(more.messages, 'person gets', 'people get')}`
    found.push(
      `${plural(more.characters, 'more character', 'more characters')} and ${who} another part: ${credits(more.credits)} credits more.`,
    )
  }
  if (less) {
    const who = less.messages === queued ? 'every SMS' : count(less.messages)
    found.push(
      `${plural(less.characters, 'character', 'characters')} fewer and ${who === 'every SMS' ? 'every SMS needs' : plural(less.messages, 'person needs', 'people need')} one part less: ${credits(less.credits)} credits saved.`,
    )
  }
  return found
}
