/** What a role may do with profiles. The server enforces it; the pages use this to disable buttons. */
import type { Workspace } from '../shell/me.ts'

type Role = Workspace['role']

export const mayChange = (role: Role) => role !== 'viewer'
export const mayRelease = (role: Role) => role === 'owner' || role === 'admin'
