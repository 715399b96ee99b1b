import { HookFailedError } from '../errors.js'

/** Characters: what MySQL's key column holds. It may cut a longer one, and then two events were one. */
const MAX_KEY_LENGTH = 255

/** @throws TypeError a key that a database might take for another one */
export function assertKey (key: unknown): void {
  if (typeof key !== 'string' || key.length > MAX_KEY_LENGTH || !/^[\x20-\x7e]+$/.test(key)) {
    throw new TypeError(`a ledger's key has 1 to ${MAX_KEY_LENGTH} printable characters of ASCII`)
  }
}

/** UTF-16 units beyond ASCII, and DEL. */
const BEYOND_ASCII = /[\u007f-\uffff]/g
const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * What a hook returned, as JSON; `null` where it returned nothing. ASCII alone: a connection that does not speak UTF-8
 * would record something else.
 * @throws IAMPORT_HOOK_FAILED what JSON cannot hold
 */
export function writeResult (value: unknown): string | null {
  if (value === undefined) return null
  try {
    const text: unknown = JSON.stringify(value)
    if (typeof text !== 'string') throw new TypeError(`a ${typeof value} is not JSON`)
    return text.replace(BEYOND_ASCII, escape)
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
