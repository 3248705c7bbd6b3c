// Sets light or dark before the first paint, by the same key that Mantine keeps the choice under.
;(() => {
  let chosen = null
  try {
    chosen = localStorage.getItem('homing-color-scheme')
  } catch {}
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
})()
