// The plugin as a contender of the benchmark: listens on $PORT, calls the provider at $UPSTREAM.
import Fastify from 'fastify'
import iamport, { memoryLedger } from 'fastify-iamport'

let processed = 0
const app = Fastify()
await app.register(iamport, {
  impKey: 'test_key',
  impSecret: 'test_secret',
  baseUrl: process.env.UPSTREAM,
  timeoutMs: 1000,
  budgetMs: 2500,
  ledger: memoryLedger(),
  // Every order costs 14000 but one, which is tampered with.
  getExpectedAmount: ({ merchant_uid: order }) => order === 'order_imp_999999999999' ? 999 : 14000,
  onPaid: () => { processed++ },
})
app.get('/__stats', () => ({ processed, rss: process.memoryUsage.rss() }))
await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' })
