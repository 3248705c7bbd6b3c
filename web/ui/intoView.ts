/** A ref for the current one of a row of links or tabs that scrolls sideways on a phone: brings it into view. */
export function intoView(element: HTMLElement | null) {
  const row = element?.closest('nav, ol, [role=tablist]')
  if (!element || !row || row.scrollWidth <= row.clientWidth) return
  const from = element.getBoundingClientRect().left - row.getBoundingClientRect().left + row.scrollLeft
  row.scrollLeft = from - (row.clientWidth - element.offsetWidth) / 2
}
