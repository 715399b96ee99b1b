import { Redis } from 'ioredis'
import { test } from 'tap'
import { redisLedger } from '../../../examples/redis/redis-ledger.js'
import { startChild } from '../../support/child.js'
import { startRedis } from '../../support/redis.js'
import { testContract } from '../test-contract.js'

/** Long enough for a loaded machine, short enough to wait for. */
const LEASE_MS = 1000

test('the Redis ledger of the documentation fulfils the contract of ledgers', async (t) => {
  const url = await startRedis(t)
  if (url === undefined) {
    if (process.env.CI) return t.fail('there is neither redis-server nor valkey-server')
    return t.pass('left out: there is neither redis-server nor valkey-server')
  }
  const clients: Redis[] = []
  t.teardown(() => { for (const client of clients) client.disconnect() })
  const connect = () => {
    const client = new Redis(url)
    clients.push(client)
    return client
  }
  const admin = connect()
  testContract(t, {
    open: () => redisLedger(connect(), { waitMs: 60_000, leaseMs: LEASE_MS }),
    openImpatient: (waitMs) => redisLedger(connect(), { waitMs }),
    async startHolder (key) {
      const settings = JSON.stringify({ leaseMs: LEASE_MS })
      const child = startChild(new URL('../holder.ts', import.meta.url), [url, key, settings])
      await child.message()
      return child
    },
    depose: (key) => admin.hset(`fastify_iamport:${key}`, { holder: 'frozen', leaseMs: 1 }),
    hasFind: true,
  })
})
