/**
 * Where to go behind the sign-in: a path of this server. Read as the browser reads it, which drops tabs and line breaks and
 * takes a backslash for a slash; what leads to another origin, or is no web address, leads home instead.
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
  // A path of two slashes would be read as a host.
  const path = url.pathname.replace(/^[/\\]+/, '/')
  return `${path}${url.search}${url.hash}`
}
