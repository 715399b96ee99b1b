// A process to be killed: it calls `once` with a work that never ends, and sends a message when that has begun.
import { openLedger } from './open-ledger.js'

const [url = '', key = '', settings = '{}'] = process.argv.slice(2)

/** Loaded only then: the example imports the package as it is built. */
async function openRedis () {
  const { Redis } = await import('ioredis')
  const { redisLedger } = await import('../../examples/redis/redis-ledger.js')
  return redisLedger(new Redis(url), JSON.parse(settings))
}

const ledger = url.startsWith('redis:') ? await openRedis() : openLedger(url, JSON.parse(settings))
await ledger.once(key, () => {
  process.send?.('begun')
  return new Promise(() => setInterval(() => {}, 1000))
})
