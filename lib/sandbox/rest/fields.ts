import { RefusedError } from '../errors.js'

/** A JSON or form body, or a query: whatever was sent, as text, numbers or neither. */
export type Fields = Record<string, unknown>

export const fieldsOf = (body: unknown): Fields =>
  typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : {}

/** Text; a number counts as its digits. Absent, null and empty are `undefined`. */
export function text (fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A number, also as text, since a form has nothing else. @throws SANDBOX_REFUSED it is something else */
export function number (fields: Fields, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return undefined
  const read = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : NaN
  if (!Number.isFinite(read) || read < 0) throw new RefusedError(`${name} 값이 올바르지 않습니다.`)
  return read
}

export const isTrue = (fields: Fields, name: string): boolean =>
  fields[name] === true || fields[name] === 'true' || fields[name] === '1'

/** A whole number of a query within its bounds, else `undefined`. */
export function integer (
  fields: Fields,
  name: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER, otherwise }: { min?: number, max?: number, otherwise: number }
): number | undefined {
  const value = text(fields, name)
  if (value === undefined) return otherwise
  const read = /^\d{1,15}$/.test(value) ? Number(value) : NaN
  return read >= min && read <= max ? read : undefined
}

/** A repeated parameter: `name[]=a&name[]=b`, `name=a`, `name[0]=a`. */
export function list (fields: Fields, name: string): string[] {
  return Object.entries(fields)
    .filter(([key]) => key === name || (key.startsWith(`${name}[`) && /^\[\d*\]$/.test(key.slice(name.length))))
    .flatMap(([, value]) => Array.isArray(value) ? value : [value])
    .filter((value): value is string => typeof value === 'string' && value !== '')
}
