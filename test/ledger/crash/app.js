// One server of a shop, to be killed: both plugins on the database at argv[2], the provider at argv[3].
// A message names the step at which it kills itself:
//   before     before the ledger is called
//   hook       in the hook, before it writes
//   written    in the hook, when it has written
//   after      after the commit of a delivery, or of the decision to send a refund
//   refunded   when a refund has been made, before onFail
import Fastify from 'fastify'
import iamport from 'fastify-iamport'
import portone from 'fastify-iamport/portone'
import { openDatabase } from './database.js'

const [url = '', baseUrl = ''] = process.argv.slice(2)
const { ledger, pay } = await openDatabase(url)

/** @type {unknown} */
let step
process.on('message', (message) => { step = message })

/** @param {string} here */
const dieAt = (here) => { if (step === here) process.kill(process.pid, 'SIGKILL') }

const app = Fastify()
const shared = {
  // Of every six orders, one has the wrong amount, and one has at random the right or the wrong one.
  getExpectedAmount: (/** @type {{ merchant_uid: string }} */ { merchant_uid: order }) => {
    const kind = Number(order.replace('order_', '')) % 6
    return kind === 1 || (kind === 2 && Math.random() < 0.5) ? 1 : 14000
  },
  onFail: () => dieAt('refunded'),
  onPaid: async (
    /** @type {{ merchant_uid: string }} */ { merchant_uid: order }, /** @type {{ tx: unknown }} */ { tx }
  ) => {
    dieAt('hook')
    await pay(tx, order)
    dieAt('written')
  },
  /** @type {import('fastify-iamport').Ledger} */
  ledger: {
    async once (key, work) {
      dieAt('before')
      const recorded = await ledger.once(key, work)
      dieAt('after')
      return recorded
    },
    find: (key) => ledger.find(key),
  },
}
await app.register(iamport, { impKey: 'key', impSecret: 'secret', baseUrl, ...shared })
await app.register(portone, {
  apiSecret: 'secret',
  storeId: 'store-1',
  webhookSecret: Buffer.alloc(32, 7).toString('base64'),
  baseUrl: `${baseUrl}/portone`,
  prefix: '/v2',
  ...shared,
})
process.send?.(await app.listen({ port: 0, host: '127.0.0.1' }))
