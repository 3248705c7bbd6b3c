/** The orders of the list of segments. */

export const segmentSortKeys = ['name', 'size', 'changed', 'used'] as const
export type SegmentSortKey = (typeof segmentSortKeys)[number]
/** "-" is descending. */
export type SegmentSort = SegmentSortKey | `-${SegmentSortKey}`
export const segmentSorts: readonly SegmentSort[] = segmentSortKeys.flatMap(key => [key, `-${key}` as const])
