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
