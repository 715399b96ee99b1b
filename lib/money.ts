/** An amount in the currency's major unit (won, dollars), as on the wire. Currencies are compared ignoring case. */
export interface Money { amount: number, currency: string }

/** What the order of a payment costs; `null`: there is no such order. */
export type Expectation = Money | null

/**
 * Fraction digits by ISO 4217, where they are not 2. (`Intl.NumberFormat` follows what shops display instead: HUF and
 * IDR have none there.)
 * Source: https://www.iso.org/iso-4217-currency-codes.html, list one.
 */
const FRACTION_DIGITS = new Map([
  ...[
    'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF',
    'XPF',
  ].map((code) => [code, 0] as const),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3] as const),
  ...['CLF', 'UYW'].map((code) => [code, 4] as const),
])

/** Digits of the currency's minor unit, ignoring case: won have 0, dollars 2. */
export const fractionDigits = (currency: string): number => FRACTION_DIGITS.get(currency.toUpperCase()) ?? 2

/** Of the same list, of 1 January 2026: what Node has no name for (funds, metals, units of account), or only lately. */
const UNNAMED = 'BOV CHE CHW CLF COU MXV USN UYI UYW VED XAD XAG XAU XBA XBB XBC XBD XCG XPD XPT XTS XUA XXX ZWG'

const CURRENCIES = new Set([...Intl.supportedValuesOf('currency'), ...UNNAMED.split(' ')])

/** Whether ISO 4217 has, or had, this code, ignoring case. */
export const isCurrency = (code: string): boolean => CURRENCIES.has(code.toUpperCase())

/** In the currency's minor unit (won, cents), not rounded. */
const minor = (amount: number, currency: string) => amount * 10 ** fractionDigits(currency)

/** An amount of the major unit as a whole number of the currency's minor unit: 6 dollars are 600. */
export const toMinor = (amount: number, currency: string): number => Math.round(minor(amount, currency))

/** An amount of the minor unit in the currency's major unit: 600 cents are 6. */
export const toMajor = (units: number, currency: string): number => units / 10 ** fractionDigits(currency)

/**
 * Rounding error of binary fractions (0.1 + 0.2) that is tolerated, in minor units, far below a half; in proportion for
 * amounts above a million units, as the error grows with the number.
 */
const NOISE = 1e-6

/**
 * Whether `paid` equals `expected` to the minor unit. An expected amount may be the unrounded result of a discount; the
 * amount paid must be a whole number of minor units.
 */
export function isSameAmount (paid: number, expected: number, currency: string): boolean {
  const units = minor(paid, currency)
  return Math.abs(units - Math.round(units)) <= NOISE * Math.max(1, units / 1e6) &&
    Math.round(units) === toMinor(expected, currency)
}

/** Whether two ISO 4217 codes name the same currency. */
export const isSameCurrency = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase()

/** What is left of `amount` after `cancelled`, without the rounding error of binary fractions. */
export const balance = (amount: number, cancelled: number, currency: string): number =>
  Math.max(0, toMajor(Math.round(minor(amount, currency) - minor(cancelled, currency)), currency))
