import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openDatabase } from '../../examples/shop/database.js'
import { startDemo } from '../../examples/shop/demo.js'
import { createOrders } from '../../examples/shop/orders.js'
import { freePort } from '../support/free-port.js'
import { browse } from './support/browse.js'
import { approve, choose, layerOf, order, PAID, pay, says } from './support/buyer.js'

/** What `npm start` starts, with a database of its own. */
async function openDemo (t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'))
  const file = join(folder, 'shop.sqlite')
  const demo = await startDemo({ port: await freePort(), sandboxPort: 0, file })
  const db = openDatabase(file)
  t.teardown(async () => {
    db.close()
    await demo.close()
    rmSync(folder, { recursive: true })
  })
  const command = async (path: string, body: object) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const reply = await fetch(`${demo.sandboxUrl}/sandbox/${path}`, init)
    t.ok(reply.ok, path)
  }
  return { ...demo, orders: createOrders(db), command }
}

browse('a shop that is killed during a payment starts again, and the page ends on the paid order', async (t, tour) => {
  tour.expectTrouble(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_FAILED|ERR_EMPTY_RESPONSE/)
  const demo = await openDemo(t)
  const pid = demo.shopPid()
  await demo.command('scenarios', { name: 'lost_webhook' })
  const page = await tour.visit()
  const id = await order(page, demo.url)
  await page.route('**/payments/complete', (route) => {
    process.kill(pid, 'SIGKILL')
    return route.abort()
  }, { times: 1 })
  await pay(page)
  await approve(layerOf(page))
  await says(page, PAID.headline)
  t.match(demo.orders.get(id), PAID.order)
  t.not(demo.shopPid(), pid)
})

browse('a deposit while the shop is down, without a webhook, reaches the order after the restart', async (t, tour) => {
  tour.expectTrouble(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/)
  const demo = await openDemo(t)
  const page = await tour.visit()
  const id = await order(page, demo.url)
  await choose(page, '가상계좌')
  await pay(page)
  await approve(layerOf(page))
  await says(page, '입금을 기다리고 있습니다')
  await demo.command('scenarios', { name: 'lost_webhook' })
  process.kill(demo.shopPid(), 'SIGKILL')
  await demo.command('deposit', { imp_uid: demo.orders.get(id)?.imp_uid })
  await says(page, PAID.headline)
  t.match(demo.orders.get(id), PAID.order)
})
