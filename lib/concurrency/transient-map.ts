/** What is used of a Map. */
type TransientMap<Key, Value> = Pick<Map<Key, Value>, 'get' | 'has' | 'set' | 'delete'>

/** Entries after which the Map is replaced: copying those that are left costs each of them little. */
const MAX_ADDED = 1000

/**
 * A Map for entries that come and go, such as work in progress. V8 moves the entries of a Map to a new table again and
 * again, and links each old table to the next: one that has reached the old space keeps alive all that follow, with the
 * keys and values deleted since, until the next full garbage collection. So from time to time there is a new Map.
 */
export function createTransientMap<Key, Value> (): TransientMap<Key, Value> {
  let entries = new Map<Key, Value>()
  let added = 0

  return {
    get: (key) => entries.get(key),
    has: (key) => entries.has(key),
    set (key, value) {
      if (++added > MAX_ADDED) {
        entries = new Map(entries)
        added = 0
      }
      return entries.set(key, value)
    },
    delete: (key) => entries.delete(key),
  }
}
