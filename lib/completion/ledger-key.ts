import { createHash } from 'node:crypto'

/** A text of any length and alphabet as 64 hexadecimal digits. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * A provider's id as a part of a ledger's key, which has at most 255 ASCII characters: hashed if it is not 1 to 128
 * visible ones.
 */
export const asKey = (id: string): string => /^[\x21-\x7e]{1,128}$/.test(id) ? id : digestOf(id)
