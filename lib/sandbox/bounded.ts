/** Takes the oldest entry out of a map that has grown beyond `max`. */
export function oldestBeyond<Key, Value> (map: Map<Key, Value>, max: number): Value | undefined {
  const oldest = map.entries().next()
  if (map.size <= max || oldest.done) return undefined
  const [key, value] = oldest.value
  map.delete(key)
  return value
}
