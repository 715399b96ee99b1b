import { readPath } from '../read-path.js'

/*
 * The ledger's statements have no `?` and no `$` but their placeholders, which stand in the order of the parameters,
 * each once.
 */

/** `$1`, `$2` as `?`. */
export const toQuestionMarks = (sql: string): string => sql.replace(/\$\d/g, '?')

/** `?` as `$1`, `$2`. */
export function toNumbered (sql: string): string {
  let index = 0
  return sql.replace(/\?/g, () => `$${++index}`)
}

/** The rows of what is `[rows, metadata]`, `{ rows }`, or the rows already. */
export function toRows (result: unknown): unknown {
  if (Array.isArray(result)) return isPair(result) ? result[0] : result
  return readPath(result, 'rows') ?? result
}

/** No row is an array; and what has no rows comes as `[metadata, undefined]`. */
const isPair = (result: unknown[]) => Array.isArray(result[0]) || (result.length === 2 && result[1] === undefined)
