/** Who may do what in a workspace. A role may all that those below it may. */

/** viewer looks; editor imports, writes and sends; admin sets up gateways, keys, members; owner all. From most to least. */
export const roles = ['owner', 'admin', 'editor', 'viewer'] as const
export type Role = (typeof roles)[number]

export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(needed)
}

/** What a route says of who may call it (`config` of the route). */
export interface RouteAccess {
  /** Needed in the workspace; default: viewer for GET, else editor. */
  role?: Role
  /** No API key may call it. */
  peopleOnly?: boolean
  /** Only the owner of the installation may call it. */
  installationOwner?: boolean
}

/** The least role in the workspace with which a route may be called. */
export function roleNeeded(method: string, { role }: RouteAccess = {}): Role {
  return role ?? (method === 'GET' || method === 'HEAD' ? 'viewer' : 'editor')
}

/** Who may call an operation, as its `x-role` in the OpenAPI document says. */
export type Caller = Role | 'public' | 'signed_in' | 'installation_owner'

/** By the same rules that principal.ts enforces; test: server/roles.db.test.ts calls every operation as everybody. */
export function callerOf(route: { method: string; url: string; open: boolean; access: RouteAccess }): Caller {
  if (route.open) return 'public'
  if (route.access.installationOwner) return 'installation_owner'
  return route.url.includes('/:w/') ? roleNeeded(route.method, route.access) : 'signed_in'
}
