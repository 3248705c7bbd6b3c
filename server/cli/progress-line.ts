/** One line of progress on stderr that is written over, where a person looks. */
export interface ProgressLine {
  show(text: string): void
  end(): void
}

const everyMs = 200

export function progressLine(): ProgressLine {
  const { stderr } = process
  if (!stderr.isTTY) return { show: () => {}, end: () => {} }
  let shownAt = 0
  let shown = false
  return {
    show(text) {
      if (Date.now() - shownAt < everyMs) return
      shownAt = Date.now()
      shown = true
      stderr.write(`\r\u001b[K${text}`)
    },
    end() {
      if (shown) stderr.write('\r\u001b[K')
      shown = false
    },
  }
}
