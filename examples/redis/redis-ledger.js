// A ledger on Redis or Valkey, in one file. Every step is a script, which the server runs as a whole.
import { leaseLedger } from 'fastify-iamport'

const ifMine = "if redis.call('hget', KEYS[1], 'holder') ~= ARGV[1] or redis.call('hexists', KEYS[1], 'done') == 1 then return 0 end "

const INSERT = `if redis.call('exists', KEYS[1]) == 1 then return 0 end
redis.call('hset', KEYS[1], 'holder', ARGV[1], 'beat', 0, 'leaseMs', ARGV[2]) return 1`
const TAKE_OVER = `${ifMine}if redis.call('hget', KEYS[1], 'beat') ~= ARGV[2] then return 0 end
redis.call('hset', KEYS[1], 'holder', ARGV[3], 'beat', 0, 'leaseMs', ARGV[4]) return 1`
const RENEW = `${ifMine}redis.call('hset', KEYS[1], 'leaseMs', ARGV[2]) redis.call('hincrby', KEYS[1], 'beat', 1) return 1`
const RECORD = `${ifMine}redis.call('hset', KEYS[1], 'done', ARGV[2]) redis.call('expire', KEYS[1], ARGV[3]) return 1`
const RELEASE = `${ifMine}return redis.call('del', KEYS[1])`

/** Seconds: half a year. A record that is gone can be brought back by anybody who knows its `imp_uid`. */
const KEEP_SEC = 180 * 24 * 3600

/**
 * Wants `appendonly yes`, `maxmemory-policy noeviction`, and the primary, not a replica: a record that the server loses
 * lets its hook run again.
 *
 * @param {import('ioredis').Redis} redis
 * @param {{ prefix?: string } & Omit<import('fastify-iamport').LeaseLedgerOptions, 'table'>} [options]
 */
export function redisLedger (redis, { prefix = 'fastify_iamport:', ...times } = {}) {
  /** @param {string} script @param {string} key @param {(string | number)[]} args */
  const run = async (script, key, ...args) => await redis.eval(script, 1, prefix + key, ...args) === 1

  return leaseLedger({
    ...times,
    table: {
      async find (key) {
        const { holder, beat, leaseMs, done } = await redis.hgetall(prefix + key)
        if (holder === undefined) return undefined
        // No JSON is the empty text, which stands for none.
        if (done !== undefined) return { recorded: true, text: done || null }
        return { recorded: false, holder, beat: Number(beat), leaseMs: Number(leaseMs) }
      },
      insert: (key, holder, leaseMs) => run(INSERT, key, holder, leaseMs),
      takeOver: (key, holder, leaseMs, from) => run(TAKE_OVER, key, from.holder, from.beat, holder, leaseMs),
      renew: (key, holder, leaseMs) => run(RENEW, key, holder, leaseMs),
      record: (key, holder, text) => run(RECORD, key, holder, text ?? '', KEEP_SEC),
      release: (key, holder) => run(RELEASE, key, holder),
    },
  })
}
