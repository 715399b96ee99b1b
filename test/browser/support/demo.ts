import diagnostics from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { COMPLETION_CHANNEL, type CompletionEvent, type IamportOptions } from 'fastify-iamport'
import Database from 'libsql'
import { Agent } from 'undici'
import { buildShop } from '../../../examples/shop/app.js'
import { addDeposits } from '../../../examples/shop/deposit.js'
import { createOrders, type Orders } from '../../../examples/shop/orders.js'
import { createSandbox, type Sandbox } from '../../../lib/sandbox/index.js'

/** The shop and the sandbox of `npm start`, on free ports of their own. */
export interface Demo {
  /** The shop's address. */
  url: string
  shop: FastifyInstance
  sandbox: Sandbox
  orders: Orders
  /** What the plugin has reported, oldest first. */
  completions: CompletionEvent[]
  /** Payments, faults and completions, once no webhook is under way; orders stay. */
  forget (): Promise<void>
  close (): Promise<void>
}

/** Webhooks go to the shop, whose port is only known later than the sandbox is made. */
function connectTo (url: () => string) {
  return new Agent().compose((dispatch) => (options, handler) => dispatch({ ...options, origin: url() }, handler))
}

/** Milliseconds between the questions of an open page: no test waits for the shop's own second. */
const WATCH_EVERY_MS = 50

/** Pages ask for the state of their order more often than the shop lets them. */
function watchOften (shop: FastifyInstance): void {
  shop.addHook<Buffer>('onSend', async (request, _, content) => {
    if (request.url !== '/watch.js') return content
    const script = String(content)
    const often = script.replace('EVERY_MS = 1000', `EVERY_MS = ${WATCH_EVERY_MS}`)
    if (often === script) throw new Error('watch.js has another pause')
    return often
  })
}

/** @param options `reconcile`: the timer of `npm start`; none unless a test is about it */
export async function openDemo ({ reconcile }: Pick<IamportOptions, 'reconcile'> = {}): Promise<Demo> {
  let url = ''
  const connections = connectTo(() => url)
  const sandbox = createSandbox({
    webhookUrl: 'http://shop.test/payments/webhook',
    portone: { webhookUrl: 'http://shop.test/v2/payments/webhook' },
    dispatcher: connections,
  })
  const iamportUrl = await sandbox.listen({ port: 0 })
  const db = new Database(':memory:')
  const shop = await buildShop({ db, iamportUrl, portone: sandbox.portone, reconcile })
  const orders = createOrders(db)
  addDeposits(shop, orders, iamportUrl)
  watchOften(shop)
  url = await shop.listen({ port: 0, host: '127.0.0.1' })

  const completions: CompletionEvent[] = []
  const note = (event: unknown) => { completions.push(event as CompletionEvent) }
  diagnostics.subscribe(COMPLETION_CHANNEL, note)
  return {
    url,
    shop,
    sandbox,
    orders,
    completions,
    async forget () {
      await sandbox.webhooksSent()
      sandbox.reset()
      completions.length = 0
    },
    async close () {
      diagnostics.unsubscribe(COMPLETION_CHANNEL, note)
      await shop.close()
      await sandbox.close()
      await connections.destroy()
      db.close()
    },
  }
}
