/** Who may do what in a workspace. A role may all that those below it may. */

/** viewer looks; editor imports, writes and sends; admin sets up gateways, keys, members; owner all. From most to least. */
export const roles = ['owner', 'admin', 'editor', 'viewer'] as const
export type Role = (typeof roles)[number]

export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(needed)
}
