/** One value for each key: for tables that follow from the keys of another table. */
export function recordOf<Key extends string, Value>(
  keys: readonly Key[],
  make: (key: Key) => Value,
): Record<Key, Value> {
  const made: Partial<Record<Key, Value>> = {}
  for (const key of keys) made[key] = make(key)
  const isWhole = (record: Partial<Record<Key, Value>>): record is Record<Key, Value> =>
    keys.every(key => key in record)
  if (!isWhole(made)) throw new RangeError('a key has no value')
  return made
}
