/** What a role may do with profiles; the server decides, this only says it before. */
import type { Workspace } from '../shell/me.ts'

type Role = Workspace['role']

export const mayChange = (role: Role) => role !== 'viewer'
export const mayRelease = (role: Role) => role === 'owner' || role === 'admin'
