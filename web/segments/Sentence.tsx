/** A sentence in parts: names and figures are set off. */
import type { SentencePart } from '../../core/segments/sentence-parts.ts'

export function Sentence({ parts }: { parts: readonly SentencePart[] }) {
  return parts.map(({ role, text }, i) =>
    role === 'plain' ? (
      text
    ) : (
      // The parts of a sentence have no other key than their place.
      <strong
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        key={i}
        className={role === 'number' ? 'figures' : undefined}
        dir={role === 'name' ? 'auto' : undefined}
        style={{ fontWeight: 600, unicodeBidi: 'isolate' }}
      >
        {text}
      </strong>
    ),
  )
}
