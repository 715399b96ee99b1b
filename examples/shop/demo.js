import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createSandbox } from 'fastify-iamport/sandbox'
import { openDatabase } from './database.js'
import { createOrders } from './orders.js'

const server = fileURLToPath(new URL('server.js', import.meta.url))

/** Milliseconds after which the sandbox redelivers a webhook: short enough to watch. */
const WEBHOOK_EVERY_MS = 3000

/**
 * The sandbox in this process, and the shop in another, which is started again whenever it is killed: what it had not
 * completed by then, it finds at the sandbox.
 *
 * @param {object} options
 * @param {number} options.port the shop's
 * @param {number} options.sandboxPort
 * @param {string} [options.file] the shop's database
 */
export async function startDemo ({ port, sandboxPort, file = process.env.SHOP_DB }) {
  forgetPayments(file)
  const sandbox = createSandbox({
    webhookUrl: `http://127.0.0.1:${port}/payments/webhook`,
    portone: { webhookUrl: `http://127.0.0.1:${port}/v2/payments/webhook` },
    webhookResend: { times: 5, everyMs: WEBHOOK_EVERY_MS },
  })
  const sandboxUrl = await sandbox.listen({ port: sandboxPort })
  const { portone } = sandbox
  const env = {
    ...process.env,
    PORT: String(port),
    IMP_URL: sandboxUrl,
    IMP_KEY: 'imp_key',
    IMP_SECRET: 'imp_secret',
    PORTONE_URL: portone.baseUrl,
    PORTONE_API_SECRET: portone.apiSecret,
    PORTONE_STORE_ID: portone.storeId,
    PORTONE_WEBHOOK_SECRET: portone.webhookSecret,
    ...(file !== undefined && { SHOP_DB: file }),
  }
  let isClosing = false

  async function startShop () {
    const shop = fork(server, { env, execArgv: [] })
    const ended = once(shop, 'exit')
    const [message] = await Promise.race([once(shop, 'message'), ended.then(() => [])])
    if (message === undefined) throw new Error('the shop did not start')
    return { ended, url: message.url, pid: shop.pid ?? 0, kill: shop.kill.bind(shop) }
  }

  let shop = await startShop()

  async function keepShop () {
    for (;;) {
      const [code, signal] = await shop.ended
      if (isClosing) return
      console.log(`  가게 서버가 종료되어 다시 시작합니다. The shop has ended (${signal ?? code}): starting it again.`)
      shop = await startShop()
      console.log(`  다시 열었습니다. Open again: ${shop.url}`)
    }
  }

  return {
    url: shop.url,
    sandboxUrl,
    /** Of the shop's process: another one after every restart. */
    shopPid: () => shop.pid,
    /** Rejects when the shop cannot be started again. */
    running: keepShop(),
    async close () {
      isClosing = true
      shop.kill('SIGTERM')
      await shop.ended
      await sandbox.close()
    },
  }
}

/**
 * The sandbox keeps payments in memory, the shop its orders in a file: a new start forgets the payments of those.
 * @param {string} [file]
 */
function forgetPayments (file) {
  const db = openDatabase(file)
  createOrders(db).forgetPayments('데모를 다시 시작해 샌드박스의 결제 내역이 지워졌습니다. 다시 결제해 주세요.')
  db.close()
}
