import { InvalidOptionsError } from '../../errors.js'
import { createSemaphore, type Semaphore } from '../../concurrency/semaphore.js'
import { hasProperties, readPath } from '../read-path.js'

/** By pool, for all ledgers on it: two that counted for themselves would take the last connection together. */
const shares = new WeakMap<object, Semaphore>()

/**
 * What the ledgers on a pool may use of it together: all connections but one. A hook that queries the pool itself, and
 * not `tx`, finds that one; without it, as many payments at once as the pool has connections would each hold one and
 * wait for one more. A pool of one connection has none to spare.
 *
 * @param pool stands for the pool, and tells its size if it is one of `pg` or `mysql2`
 * @param poolSize connections, where the pool does not say so, or says too much; the first ledger on a pool decides
 * @returns `undefined` where the size is not known, and nothing limited
 * @throws IAMPORT_INVALID_OPTIONS
 */
export function poolShareOf (pool: unknown, poolSize: unknown): Semaphore | undefined {
  if (!hasProperties(pool)) throw new InvalidOptionsError('pool: expected an object')
  if (poolSize !== undefined && !isSize(poolSize)) {
    throw new InvalidOptionsError('poolSize: expected a whole number of connections, at least 1')
  }
  const size = poolSize ?? sizeOf(pool)
  if (!isSize(size)) return undefined
  const key = innerPoolOf(pool)
  const share = shares.get(key) ?? createSemaphore(Math.max(1, size - 1))
  shares.set(key, share)
  return share
}

const isSize = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 1

/** A pool of `mysql2/promise` wraps one of `mysql2`, and `promise()` makes a new wrapper every time. */
function innerPoolOf (pool: object): object {
  const inner = readPath(pool, 'pool')
  return hasProperties(inner) && readPath(inner, 'config', 'connectionLimit') !== undefined ? inner : pool
}

/** `options.max` of `pg`; `config.connectionLimit` of `mysql2`. As text, where it comes from the environment. */
function sizeOf (pool: object): unknown {
  const size = readPath(pool, 'options', 'max') ?? readPath(innerPoolOf(pool), 'config', 'connectionLimit')
  return typeof size === 'string' ? Number(size) : size
}
