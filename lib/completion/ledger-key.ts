import { createHash } from 'node:crypto'

const isPlain = (id: string) => /^[\x21-\x7e]{1,128}$/.test(id)
/** A text of any length and alphabet as 64 hexadecimal digits. */
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** ASCII characters of a ledger's key, at most. */
const MAX_KEY = 255

/**
 * A provider's id as a part of a ledger's key: hashed if it is not 1 to 128 visible ASCII characters, or too long for
 * its key.
 *
 * @param before what the key begins with
 */
export const asKey = (id: string, before = ''): string =>
  isPlain(id) && before.length + id.length <= MAX_KEY ? id : digestOf(id)

/**
 * Likewise for an id that a page may choose: a hash is marked, so that no id can pass for that of another. No key of a
 * payment begins so: an `imp_uid` has no colon.
 */
export const attemptsKeyOf = (id: string): string => isPlain(id) ? `portone:${id}:attempt` : `portone#${digestOf(id)}`
