import { test, type Test } from 'tap'
import { openShop, type Surroundings } from '../support/shop.js'
import { payment } from '../support/upstream.js'

/** One character that JSON writes as six. */
const CONTROL = '\u0001'
const INVALID = { statusCode: 400, code: 'FST_ERR_VALIDATION' }
const redirects = { paid: '/done', fail: '/failed' }

for (const [what, character] of Object.entries({ letters: 'x', hangul: '가', 'control characters': CONTROL })) {
  test(`an order number of 255 ${what} is taken, of 256 refused`, async (t) => {
    const [longest, tooLong] = [character.repeat(255), character.repeat(256)]
    const [longestInUrl, tooLongInUrl] = [encodeURIComponent(longest), encodeURIComponent(tooLong)]
    const shop = await openShop(t, { redirects, onConfirm: () => {} }, [payment({ merchant_uid: longest })])
    const confirm = { imp_uid: 'imp_1', amount: 14000 }
    for (const merchant_uid of [character.repeat(254), longest]) {
      t.equal((await shop.post({ ...confirm, merchant_uid }, '/payments/confirm')).statusCode, 200)
    }
    t.match((await shop.post({ ...confirm, merchant_uid: tooLong }, '/payments/confirm')).json(), INVALID)

    t.match((await shop.post({ imp_uid: 'imp_1', merchant_uid: longest })).json(), { status: 'paid' })
    const lookups = shop.upstream.seen.length
    t.match((await shop.post({ imp_uid: 'imp_1', merchant_uid: tooLong })).json(), INVALID)
    const form = await shop.form(`imp_uid=imp_1&merchant_uid=${tooLongInUrl}`)
    t.match(form.json(), INVALID)
    for (const query of [
      `imp_uid=imp_1&merchant_uid=${tooLongInUrl}`,
      `merchant_uid=${tooLongInUrl}`,
      `imp_uid=imp_1&merchant_uid=${longestInUrl}&merchant_uid=${tooLongInUrl}`,
    ]) t.equal((await shop.redirect(`?${query}`)).headers.location, '/failed?reason=invalid')
    t.equal(shop.upstream.seen.length, lookups, 'nothing was looked up')
    for (const query of [`imp_uid=imp_1&merchant_uid=${longestInUrl}`, `merchant_uid=${longestInUrl}`]) {
      t.match((await shop.redirect(`?${query}`)).headers.location, /^\/done/)
    }
  })
}

/** What one request writes into the log, in bytes. */
async function openLogged (t: Test, server: Surroundings['server'] = {}, options: Parameters<typeof openShop>[1] = {}) {
  let bytes = 0
  const stream = { write: (line: string) => { bytes += Buffer.byteLength(line) } }
  const logger = { level: 'trace', stream }
  const shop = await openShop(t, { onConfirm: () => {}, ...options }, undefined, { server: { ...server, logger } })
  await shop.app.ready()
  return {
    shop,
    logged: async (work: () => Promise<unknown>) => {
      bytes = 0
      await work()
      return bytes
    }
  }
}

/** Bytes of log for one request: Fastify's lines of it, and one of ours with the longest that may stand in it. */
const A_FEW_LINES = 6000

test('whatever a body holds, a request writes a few lines into the log', async (t) => {
  const { shop, logged } = await openLogged(t)
  const long = CONTROL.repeat(200_000)
  for (const url of ['/payments/complete', '/payments/webhook', '/payments/confirm']) {
    for (const length of [255, 256, 2000, 9000, 200_000]) {
      const text = long.slice(0, length)
      for (const body of [
        { imp_uid: text }, { imp_uid: 'imp_1', merchant_uid: text, amount: 1 },
        { imp_uid: 'imp_1', merchant_uid: 'order_1', amount: text },
        { imp_uid: 'imp_9', merchant_uid: text, amount: text }, { [text]: text }, { imp_uid: { [text]: text } },
        [text], text,
      ]) {
        const bytes = await logged(() => shop.post(body, url))
        t.ok(bytes < A_FEW_LINES, `${url}: ${bytes} bytes of log for ${JSON.stringify(body).slice(0, 40)}`)
      }
      const form = `${encodeURIComponent(text)}=1&imp_uid=imp_1&merchant_uid=${encodeURIComponent(text)}`
      t.ok(await logged(() => shop.form(form, url)) < A_FEW_LINES)
      t.ok(await logged(() => shop.form(text, url)) < A_FEW_LINES, 'no form at all')
    }
  }
})

test('whatever a redirect\'s query holds, our lines stay short', async (t) => {
  // Fastify's own lines hold the URL, which Node bounds; without them, every line is ours.
  const { shop, logged } = await openLogged(t, { disableRequestLogging: true }, { redirects })
  for (const length of [254, 255, 256, 5000, 100_000]) {
    const text = encodeURIComponent(CONTROL.repeat(length))
    for (const query of [
      `imp_uid=${text}`, `imp_uid=imp_1&merchant_uid=${text}`, `merchant_uid=${text}`, `${text}=${text}`,
      `merchant_uid=a&merchant_uid=${text}`,
    ]) {
      const bytes = await logged(() => shop.redirect(`?${query}`))
      t.ok(bytes < A_FEW_LINES, `${bytes} bytes of log for ${query.slice(0, 40)}`)
    }
  }
})

test('whatever address a proxy names, our line of it stays short', async (t) => {
  const options = { webhook: { allowedAddresses: ['10.0.0.1'] } }
  const { shop, logged } = await openLogged(t, { disableRequestLogging: true, trustProxy: true }, options)
  for (const address of ['6'.repeat(100_000), '\u0001'.repeat(10_000), '10.0.0.2']) {
    const bytes = await logged(() => shop.app.inject({
      method: 'POST', url: '/payments/webhook', headers: { 'x-forwarded-for': address }, payload: { imp_uid: 'imp_1' }
    }))
    t.ok(bytes > 0 && bytes < 1000, `${bytes} bytes of log for ${address.slice(0, 20)}`)
  }
})
