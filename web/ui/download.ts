/** Starts a download as a click on its link would. */
export function download(href: string): void {
  const anchor = document.createElement('a')
  anchor.href = href
  anchor.download = ''
  document.body.append(anchor)
  anchor.click()
  anchor.remove()
}
