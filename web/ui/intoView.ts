/** A ref for the current one of a row of links that scrolls sideways on a phone: brings it into view. */
export function intoView(element: HTMLElement | null) {
  const row = element?.closest('nav, ol')
  if (!element || !row || row.scrollWidth <= row.clientWidth) return
  row.scrollLeft = element.offsetLeft - (row.clientWidth - element.offsetWidth) / 2
}
