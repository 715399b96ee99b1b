import { balance, isSameAmount } from '../../money.js'

/** The most digits that a currency has (CLF, UYW). */
const MOST_DIGITS = 4

/** The digits of a currency by the table of lib/money.ts: its smallest whole amount tells them. */
export function digitsOf (currency: string): number {
  for (let digits = MOST_DIGITS; digits > 0; digits--) {
    const smallest = 10 ** -digits
    if (isSameAmount(smallest, smallest, currency)) return digits
  }
  return 0
}

/** USD 1250 is 12.5, KRW 14000 is 14000. */
export const toMajor = (amount: number, currency: string): number =>
  balance(amount / 10 ** digitsOf(currency), 0, currency)

/** USD 12.5 is 1250. */
export const toMinor = (amount: number, currency: string): number => Math.round(amount * 10 ** digitsOf(currency))
