import { ValidationError } from '../errors.js'

/** Both are `Date`s in their order: a number or a text would be read as another time than meant. @throws FST_ERR_VALIDATION */
export function assertPeriod (from: unknown, to: unknown): void {
  for (const [name, date] of Object.entries({ from, to })) {
    if (!(date instanceof Date) || Number.isNaN(date.getTime())) throw new ValidationError(`${name} must be a valid Date`)
  }
  if (from instanceof Date && to instanceof Date && from > to) throw new ValidationError('from must not be after to')
}
