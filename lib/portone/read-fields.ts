import { isObject } from '../http/json.js'

/** What is at this path of an answer, of which nothing is certain; `undefined` if there is nothing. */
export function at (value: unknown, ...path: string[]): unknown {
  let found = value
  for (const name of path) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined
  return found
}

/** A text that is not empty, or null. */
export const textOf = (value: unknown): string | null => typeof value === 'string' && value !== '' ? value : null

/** RFC 3339, with its offset: without one, a time would be read as local. */
const TIME = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i

/** UNIX milliseconds of a time; `undefined` if it is none. The provider writes nanoseconds, which are cut off. */
export function millisecondsOf (value: unknown): number | undefined {
  const [, time, fraction = '', offset] = (typeof value === 'string' && TIME.exec(value)) || []
  if (time === undefined || offset === undefined) return undefined
  const parsed = Date.parse(`${time.replace(' ', 'T')}${fraction.slice(0, 4)}${offset}`.toUpperCase())
  return parsed >= 0 ? parsed : undefined
}

/** UNIX seconds of a time; 0 if it is none. */
export const secondsAt = (value: unknown): number => Math.floor((millisecondsOf(value) ?? 0) / 1000)
