import { createHash } from 'node:crypto'

/**
 * Numbers of 0 to 1, the same for the same seed and name.
 *
 * @param {number} seed @param {string} name @returns {() => number}
 */
export function randomOf (seed, name) {
  let state = createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE()
  // mulberry32
  return () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What may become of a payment, in percent of all. @type {[kind: 'card' | 'vbank' | 'declined' | 'tampered' | 'test' | 'foreign' | 'left', percent: number][]} */
const KINDS = [['card', 76], ['vbank', 10], ['declined', 5], ['tampered', 3], ['test', 2], ['foreign', 2], ['left', 2]]

/** @param {number} seed @param {number} index */
export function planOf (seed, index) {
  const random = randomOf(seed, String(index))
  let left = random() * 100
  const [kind] = KINDS.find(([, percent]) => (left -= percent) < 0) ?? ['card']
  const isDeposited = kind === 'vbank' && random() < 0.8
  const cut = random()
  return {
    kind,
    amount: 1000 + Math.floor(random() * 99) * 1000,
    isBrowserBack: random() < 0.9,
    isDeposited,
    /** Parts of the amount, cancelled one after the other in the console. */
    cancellations: kind !== 'card' && !isDeposited ? [] : cut < 0.05 ? [0.25] : cut < 0.07 ? [0.25, 0.5] : cut < 0.09 ? [0.25, 0.75] : [],
  }
}
