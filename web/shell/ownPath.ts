/**
 * The path to open after the sign-in, always on this server (no open redirect). It is parsed as a browser does, which drops tabs and
 * line breaks and reads a backslash as a slash. An address of another origin, or an invalid one, becomes the start page.
 */
export function ownPath(back: string | undefined, origin: string): string {
  const url = back === undefined ? null : URL.parse(back, origin)
  if (
    url === null ||
    url.origin !== origin ||
    url.protocol !== new URL(origin).protocol ||
    url.username !== '' ||
    url.password !== ''
  )
    return '/'
  // A browser would read a path of two slashes as a host.
  const path = url.pathname.replace(/^[/\\]+/, '/')
  return `${path}${url.search}${url.hash}`
}
