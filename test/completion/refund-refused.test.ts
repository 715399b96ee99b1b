import { test } from 'tap'
import { openShop } from '../support/shop.js'
import {
  account, html, isCancellation, isLookup, isToken, outage, payment, refuse, type Script,
} from '../support/upstream.js'

const wrong = () => payment({ amount: 100 })

const REFUSED: Record<string, Script> = {
  'code 1 with HTTP 200': (seen, response) => isCancellation(seen) && refuse(response, 200, '한도초과', 1),
  'code -1 with HTTP 201': (seen, response) => isCancellation(seen) && refuse(response, 201),
  400: (seen, response) => isCancellation(seen) && refuse(response, 400),
  403: (seen, response) => isCancellation(seen) && refuse(response, 403),
  404: (seen, response) => isCancellation(seen) && refuse(response, 404),
  409: (seen, response) => isCancellation(seen) && refuse(response, 409),
  422: (seen, response) => isCancellation(seen) && refuse(response, 422),
  '403 with a page of a proxy': (seen, response) => isCancellation(seen) && html(response, 403),
  '400 with an empty body': (seen, response) => isCancellation(seen) && (response.writeHead(400).end(), true),
}
for (const [what, script] of Object.entries(REFUSED)) {
  test(`a cancellation refused by ${what}, with the money still there, has to be refunded by hand`, async (t) => {
    const lines: { level: number, imp_uid?: string, refunded?: boolean }[] = []
    const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
    const shop = await openShop(t, {}, [wrong()], { server: { logger: { stream } } })
    shop.upstream.script = script
    for (const replayed of [false, true]) {
      t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: false, replayed })
    }
    t.match(shop.failures(), [{ reason: 'amount_mismatch', refunded: false, final: true }], 'told once')
    t.equal(shop.failures().length, 1)
    t.equal(shop.upstream.cancellations().length, 2, 'tried again with each notification')
    t.ok(lines.some(({
      level, imp_uid, refunded,
    }) => level === 50 && imp_uid === 'imp_1' && refunded === false), 'logged as an error')
  })

  test(`a cancellation refused by ${what} because the money went back meanwhile is refunded`, async (t) => {
    const shop = await openShop(t, {}, [wrong()])
    shop.upstream.script = (seen, response) => {
      if (isCancellation(seen)) {
        shop.upstream.payments.set('imp_1', payment({
          amount: 100, status: 'cancelled', cancel_amount: 100,
        }))
      }
      return script(seen, response)
    }
    t.match((await shop.notify()).json(), {
      status: 'failed', reason: 'amount_mismatch', refunded: true, replayed: false,
    })
    t.equal(shop.upstream.lookups(), 2, 'it looked again')
    t.match((await shop.notify()).json(), {
      status: 'failed', reason: 'amount_mismatch', refunded: true, replayed: true,
    })
    t.strictSame(shop.ran(), ['fail'])
  })
}

test('a refused cancellation after which no balance is left counts as refunded, whatever the status', async (t) => {
  const shop = await openShop(t, {}, [wrong()])
  shop.upstream.script = (seen, response) => {
    if (isCancellation(seen)) {
      shop.upstream.payments.set('imp_1', payment({
        amount: 100, status: 'paid', cancel_amount: 100,
      }))
    }
    return isCancellation(seen) && refuse(response, 200, '이미 취소되었습니다.', 1)
  }
  t.match((await shop.notify()).json(), { status: 'failed', reason: 'amount_mismatch', refunded: true })
})

test('a refused cancellation or revocation is logged with the words of the provider', async (t) => {
  const lines: { level: number, msg: string, imp_uid?: string }[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const payments = [wrong(), account({ imp_uid: 'imp_2', amount: 100 }), payment({ imp_uid: 'imp_3', amount: 100 })]
  const shop = await openShop(t, {}, payments, { server: { logger: { stream } } })
  const words = ['취소 가능 금액이 부족합니다.', '해지할 수 없는 계좌입니다.', 'x'.repeat(10_000)]
  shop.upstream.script = (seen, response) => seen.method !== 'GET' && !isToken(seen) &&
    refuse(response, 200, words.shift() ?? '', 1)
  for (const imp_uid of ['imp_1', 'imp_2', 'imp_3']) await shop.notify({ imp_uid })
  t.match(lines.filter(({ msg }) => msg.startsWith('the provider refused')), [
    { level: 40, imp_uid: 'imp_1', msg: 'the provider refused the refund: 취소 가능 금액이 부족합니다.' },
    { level: 40, imp_uid: 'imp_2', msg: 'the provider refused closing the virtual account: 해지할 수 없는 계좌입니다.' },
    { level: 40, imp_uid: 'imp_3', msg: `the provider refused the refund: ${'x'.repeat(200)}` },
  ])
})

test('a refused cancellation after which nobody can look is an error', async (t) => {
  const shop = await openShop(t, {}, [wrong()])
  shop.upstream.script = (seen, response) => isCancellation(seen)
    ? refuse(response, 200, 'no', 1)
    : isLookup(seen) && shop.upstream.lookups() > 1 && outage(response)
  t.equal((await shop.notify()).json().code, 'IAMPORT_UNAVAILABLE')
  t.strictSame(shop.ran(), [])
})
