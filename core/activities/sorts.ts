/** The orders of the list of activities. */

export const sortKeys = ['when', 'name', 'state', 'sender', 'recipients', 'delivered', 'ctr', 'credits'] as const
export type SortKey = (typeof sortKeys)[number]
/** "-" is descending. */
export type Sort = SortKey | `-${SortKey}`
export const sorts: readonly Sort[] = sortKeys.flatMap(key => [`-${key}` as const, key])
