/** A text as it was written: its own direction and line breaks, and no word wider than the page. */
export function Wrapped({ children }: { children: string }) {
  return (
    <span dir="auto" className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
      {children}
    </span>
  )
}
