import { ValidationError } from '../errors.js'

/**
 * Asserts that both are `Date`s, and in order. Numbers and texts are refused: seconds and local times are easily taken
 * for something else.
 * @throws FST_ERR_VALIDATION
 */
export function assertPeriod (from: unknown, to: unknown): void {
  for (const [name, date] of Object.entries({ from, to })) {
    if (!(date instanceof Date) || Number.isNaN(date.getTime())) {
      throw new ValidationError(`${name} must be a valid Date`)
    }
  }
  if (from instanceof Date && to instanceof Date && from > to) throw new ValidationError('from must not be after to')
}
