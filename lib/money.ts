/** An amount in the currency's major unit (won, dollars), as the provider writes it. Currencies are compared without case. */
export interface Money { amount: number, currency: string }

const digitsOf = new Map<string, number>()

/** Digits after the point, by ISO 4217: KRW 0, USD 2. Text that is no currency counts as 2. */
function fractionDigits (currency: string): number {
  let digits = digitsOf.get(currency)
  if (digits === undefined) {
    digits = /^[A-Z]{3}$/.test(currency)
      ? new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
      : 2
    if (digitsOf.size < 1000) digitsOf.set(currency, digits) // the world has 180
  }
  return digits
}

/** In the currency's minor unit (won, cents), not rounded. */
const minor = (amount: number, currency: string) => amount * 10 ** fractionDigits(currency)

/** How far binary fractions stray (0.1 + 0.2), in minor units; far below a half. */
const NOISE = 1e-6

/**
 * Whether `paid` is what was `expected`, to the minor unit: an expected amount may be the unrounded result of a discount, what
 * was really paid must be a whole number of minor units.
 */
export function isSameAmount (paid: number, expected: number, currency: string): boolean {
  const code = currency.toUpperCase()
  const units = minor(paid, code)
  return Math.abs(units - Math.round(units)) <= NOISE * Math.max(1, units / 1e6) &&
    Math.round(units) === Math.round(minor(expected, code))
}

/** Whether two ISO 4217 codes name the same currency. */
export const isSameCurrency = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase()

/** What is left of `amount` after `cancelled`, without the noise of binary fractions. */
export function balance (amount: number, cancelled: number, currency: string): number {
  const code = currency.toUpperCase()
  return Math.max(0, Math.round(minor(amount, code) - minor(cancelled, code)) / 10 ** fractionDigits(code))
}
