import { HookFailedError } from '../errors.js'

/** Characters: what MySQL's key column holds. It may cut a longer one, and then two events were one. */
const MAX_KEY_LENGTH = 255

/** @throws TypeError a key that a database might take for another one */
export function assertKey (key: unknown): void {
  if (typeof key !== 'string' || key.length > MAX_KEY_LENGTH || !/^[\x20-\x7e]+$/.test(key)) {
    throw new TypeError(`a ledger's key has 1 to ${MAX_KEY_LENGTH} printable characters of ASCII`)
  }
}

/**
 * What a hook returned, as JSON; `null` where it returned nothing.
 * @throws IAMPORT_HOOK_FAILED what JSON cannot hold
 */
export function writeResult (value: unknown): string | null {
  if (value === undefined) return null
  try {
    const text: unknown = JSON.stringify(value)
    if (typeof text !== 'string') throw new TypeError(`a ${typeof value} is not JSON`)
    return text
  } catch (cause) {
    throw new HookFailedError({ cause })
  }
}

/** A copy of what was recorded, for every caller its own. */
export function readResult<T> (text: string | null): T {
  const value = text === null ? undefined : JSON.parse(text)
  return value
}

/** @throws TypeError the database's driver gave something else for a column of text */
export function asText (column: unknown): string | null {
  if (typeof column !== 'string' && column !== null) throw new TypeError('the ledger holds a result that is no text')
  return column
}
