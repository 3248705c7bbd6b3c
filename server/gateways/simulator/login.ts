/** Who may bind to the simulator: each workspace as an account of its own; the plain one for gateways that are added by hand. */
export const simulatorLogin = { systemId: 'homing', password: 'homing' } as const

/** At most 15 characters, SMPP 3.4 §5.2.1. */
export const simulatorAccount = (workspaceId: number): string => `${simulatorLogin.systemId}-${workspaceId}`

/** The plain account, or one of those with something behind it. */
export const isAccountOf = (plain: string, systemId: string): boolean =>
  systemId === plain || systemId.startsWith(`${plain}-`)
