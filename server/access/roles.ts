/** The roles in a workspace. A role may do everything that the roles below it may. */

/** viewer reads; editor imports, writes and sends; admin manages gateways, keys and members; owner does everything. From highest to lowest. */
export const roles = ['owner', 'admin', 'editor', 'viewer'] as const
export type Role = (typeof roles)[number]

export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(needed)
}

/** Who may call a route (`config` of the route). */
export interface RouteAccess {
  /** The required role in the workspace; default: viewer for GET, else editor. */
  role?: Role
  /** API keys may not call it. */
  peopleOnly?: boolean
  /** Lets an activity be sent: the workspace may require a higher role (its setting "who may send"). */
  sends?: boolean
  /** Only the owner of the installation may call it. */
  installationOwner?: boolean
}

/** The lowest role in the workspace that may call a route. */
export function roleNeeded(method: string, { role }: RouteAccess = {}): Role {
  return role ?? (method === 'GET' || method === 'HEAD' ? 'viewer' : 'editor')
}

/** Who may call an operation, as its `x-role` in the OpenAPI document says. */
export type RequiredRole = Role | 'public' | 'signed_in' | 'installation_owner'

/** By the rules that principal.ts enforces. Test: server/roles.db.test.ts calls every operation in every role. */
export function callerOf(route: { method: string; url: string; open: boolean; access: RouteAccess }): RequiredRole {
  if (route.open) return 'public'
  if (route.access.installationOwner) return 'installation_owner'
  return route.url.includes('/:w/') ? roleNeeded(route.method, route.access) : 'signed_in'
}
