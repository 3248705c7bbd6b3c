/** A text with its own direction and line breaks. Long words break. */
export function Wrapped({ children }: { children: string }) {
  return (
    <span dir="auto" className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
      {children}
    </span>
  )
}
