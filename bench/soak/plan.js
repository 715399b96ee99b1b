import { randomOf } from './random.js'

/** @typedef {'card' | 'vbank' | 'declined' | 'tampered' | 'test' | 'foreign' | 'left'} Kind */

/**
 * What may become of an order, in percent of all. V2 refunds in more ways: there are more to be refunded.
 *
 * @type {Record<'v1' | 'v2', [kind: Kind, percent: number][]>}
 */
const KINDS = {
  v1: [['card', 72], ['vbank', 12], ['declined', 4], ['tampered', 5], ['test', 3], ['foreign', 2], ['left', 2]],
  v2: [['card', 56], ['vbank', 12], ['declined', 4], ['tampered', 18], ['test', 6], ['foreign', 2], ['left', 2]],
}
/** Parts of the amount, cancelled one after the other in the console, and how often of a hundred. */
const CANCELLATIONS = [{ percent: 5, parts: [0.25] }, { percent: 5, parts: [1] }, { percent: 2, parts: [0.25, 0.5] },
  { percent: 2, parts: [0.25, 0.75] }]

/**
 * @template Choice
 * @param {number} percent 0 to 100 @param {[Choice, number][]} choices
 */
function choose (percent, choices) {
  let left = percent
  return choices.find(([, share]) => (left -= share) < 0)?.[0]
}

/** What one buyer does, by V1 or V2. @param {number} seed @param {number} index */
export function planOf (seed, index) {
  const random = randomOf(seed, String(index))
  /** @type {'v1' | 'v2'} */
  const api = index % 2 === 0 ? 'v1' : 'v2'
  const kind = choose(random() * 100, KINDS[api]) ?? 'card'
  // Of V2 alone: that the other API has minor units is what goes wrong in a move.
  const isDollars = api === 'v2' && random() < 0.2
  const isAccount = kind === 'vbank' || (api === 'v2' && ['tampered', 'test'].includes(kind) && random() < 0.3)
  const isDeposited = isAccount && random() < 0.7
  const isCancellable = kind === 'card' || (kind === 'vbank' && isDeposited)
  const parts = choose(random() * 100, CANCELLATIONS.map(({ percent, parts }) => [parts, percent])) ?? []
  return {
    kind,
    api,
    order: `order_${index}`,
    currency: isDollars ? 'USD' : 'KRW',
    /** In the minor unit; a multiple of four hundred, so that a quarter is a whole amount in either unit. */
    units: 1200 + Math.floor(random() * 99) * 1200,
    isAccount,
    isDeposited,
    isExpired: kind === 'vbank' && !isDeposited && random() < 0.3,
    // Whoever has left the window does not come back: the app would look for their payment for 1.5 s.
    isBrowserBack: random() < 0.9 && kind !== 'left',
    // Of a payment that the shop refunds, a part at most: which refund was whose could not be told afterwards.
    cancellations: isCancellable ? parts : api === 'v2' && kind === 'tampered' && random() < 0.15 ? [0.25] : [],
    isChargeback: random() < 0.1,
    /** Cancelled before the page comes back. */
    isCancelledFirst: random() < 0.4,
    /** The same order is paid by the other API too, in a tab that was left open. */
    isTwice: kind === 'card' && parts.length === 0 && !isDollars && random() < 0.03,
    // V2 alone:
    isManual: random() < (kind === 'tampered' ? 0.1 : 0.3),
    isRedirected: random() < 0.2,
    isCurrencyTampered: isDollars && random() < 0.5,
    /**
     * What was tried before under the same id. No other account where the shop closes one: V2 closes by the
     * `paymentId`, and which of two that is, a moment decides (docs/design.md).
     */
    earlier: choose(random() * 100, [['declined', 8], ['account', kind === 'tampered' ? 0 : isAccount ? 40 : 4]]),
    /** Whether its cancellations end only after everything else has happened. */
    endsLast: random() < 0.3,
  }
}

/** @typedef {ReturnType<typeof planOf>} Plan */
