/** The merchant's `query` or `transaction` does not do what the ledger needs. The message says what is wrong. */
export class GlueError extends TypeError {}

type Row = Record<string, unknown>

const isRow = (row: unknown): row is Row => typeof row === 'object' && row !== null && !Array.isArray(row)

/** @throws GlueError */
export function rowsOf (result: unknown): Row[] {
  if (!Array.isArray(result)) {
    throw new GlueError(`query must resolve to the rows of its statement; it resolved to ${describe(result)}`)
  }
  if (result.every(isRow)) return result
  throw new GlueError(result.some((one) => isRow(one) || Array.isArray(one))
    ? 'query must resolve to the rows alone; this looks like [rows, metadata]: take the first'
    : `query must resolve to rows, as objects; it resolved to an array of ${describe(result[0])}`)
}

/** @throws GlueError there is no row, or its columns have other names */
export function columnOf (row: Row | undefined, name: string): unknown {
  if (row === undefined) {
    throw new GlueError('query must resolve to the rows of its statement; there was none where one must be')
  }
  if (name in row) return row[name]
  throw new GlueError(`query must keep the names of columns: there is no ${name} among ${Object.keys(row).join(', ')}`)
}

/** @throws GlueError the driver or the ORM made something else of a column of text */
export function textOf (row: Row | undefined, name: string): string | null {
  const text = columnOf(row, name)
  if (typeof text === 'string' || text === null) return text
  throw new GlueError(`query must give text as it is; ${name} came as ${describe(text)}`)
}

/**
 * A column of 0 or 1. Anything else must not count as 0: an event that has run would run again.
 *
 * @throws GlueError the driver or the ORM made something else of a column of 0 or 1
 */
export function flagOf (row: Row | undefined, name: string): boolean {
  const flag = columnOf(row, name)
  if (typeof flag === 'boolean') return flag
  const text = String(flag)
  if (text === '0' || text === '1') return text === '1'
  throw new GlueError(`query must give numbers as they are; ${name} came as ${describe(flag)}, and is neither 0 nor 1`)
}

function describe (value: unknown): string {
  if (value instanceof Uint8Array) return 'bytes'
  if (typeof value !== 'object' || value === null) return typeof value
  return 'rows' in value ? 'an object with rows: take these' : 'an object'
}
