/** A ref for the current tab of a row that scrolls sideways on a phone: scrolls it into view. */
export function intoView(element: HTMLElement | null) {
  const row = element?.closest('nav, ol, [role=tablist]')
  if (!element || !row || row.scrollWidth <= row.clientWidth) return
  const from = element.getBoundingClientRect().left - row.getBoundingClientRect().left + row.scrollLeft
  row.scrollLeft = from - (row.clientWidth - element.offsetWidth) / 2
}
