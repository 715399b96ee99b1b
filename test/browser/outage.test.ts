import { t as root } from 'tap'
import type { Fault } from '../../lib/sandbox/index.js'
import { browse } from './support/browse.js'
import { approve, choose, ends, layerOf, order, PAID, pay, says } from './support/buyer.js'

// Each waits for retries, on a demo of its own.
root.jobs = 2

/** Milliseconds: so short that no test waits for it. */
const reconcile = { everyMs: 200, lookbackMs: 3600_000 }

const OUTAGES: Fault[] = [
  { name: 'error', status: 503 },
  { name: 'error', status: 404 },
  { name: 'error', status: 502, body: 'html' },
  { name: 'rate_limit', retryAfterSec: 60 },
  { name: 'disconnect' },
]

for (const outage of OUTAGES) {
  const title = Object.values(outage).join(' ')
  browse(`a payment without a webhook during an outage (${title}) arrives while the buyer watches`, async (t, tour) => {
    tour.expectTrouble(/404|50[234]/)
    const page = await tour.visit()
    const id = await order(page, tour.url)
    tour.sandbox.fault({ name: 'lost_webhook' })
    tour.sandbox.fault(outage)
    await pay(page)
    await approve(layerOf(page))
    await ends(t, tour, page, id, { headline: '결제 결과를 확인하고 있습니다', order: { state: 'open' } })
    tour.sandbox.clearFaults()
    await ends(t, tour, page, id, { ...PAID, payment: { status: 'paid' } })
    const ours = tour.completions.filter(({ merchant_uid }) => merchant_uid === id)
    t.match(ours.at(-1), { source: 'reconcile', status: 'paid' })
  }, { reconcile })
}

browse('a deposit without a webhook, and an account that expires, are noticed while one watches', async (t, tour) => {
  tour.sandbox.fault({ name: 'lost_webhook' })
  for (const isPaid of [true, false]) {
    const page = await tour.visit()
    const id = await order(page, tour.url)
    await choose(page, '가상계좌')
    await pay(page)
    await approve(layerOf(page))
    await says(page, '입금을 기다리고 있습니다')
    const { imp_uid = '' } = tour.sandbox.payments.ofOrder(id)[0] ?? {}
    if (isPaid) tour.sandbox.deposit(imp_uid)
    else tour.sandbox.expire(imp_uid)
    const expired = {
      headline: '결제가 취소되었습니다',
      text: /입금 기한이 지나[^]*다시 결제하기/,
      order: { state: 'cancelled', deliveries: 0 },
    } as const
    await ends(t, tour, page, id, isPaid ? PAID : expired)
  }
}, { reconcile })
