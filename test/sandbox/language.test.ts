import { test } from 'tap'
import { openSandbox } from './support/client.js'

/** The language of the page at `/`, for what a browser sends. */
async function languageAt (url: string, headers: Record<string, string> = {}) {
  const page = await fetch(url, { headers })
  return /<html lang="(\w+)">/.exec(await page.text())?.[1]
}

test('the language is that of the switch, else of the option, else of the browser, else Korean', async (t) => {
  const { url } = await openSandbox(t)
  t.equal(await languageAt(url), 'ko')
  for (const [accepted, language] of [
    ['en-US,en;q=0.9', 'en'], ['ko-KR,ko;q=0.9,en;q=0.8', 'ko'], ['ja,en;q=0.5,ko;q=0.3', 'en'], ['ja', 'ko'],
    ['', 'ko'],
  ] as const) t.equal(await languageAt(url, { 'accept-language': accepted }), language, accepted)

  const english = { 'accept-language': 'en' }
  t.equal(await languageAt(`${url}/?lang=ko`, english), 'ko')
  t.equal(await languageAt(url, { ...english, cookie: 'other=1; sandbox_lang=ko' }), 'ko', 'the switch is remembered')
  t.equal(await languageAt(`${url}/?lang=fr`, english), 'en', 'no such language')
  t.equal(await languageAt(url, { ...english, cookie: 'sandbox_lang=fr' }), 'en')

  const korean = await openSandbox(t, { lang: 'ko' })
  t.equal(await languageAt(korean.url, english), 'ko')
  t.equal(await languageAt(`${korean.url}/?lang=en`), 'en', 'the switch goes before the option')
})

test('the switch is remembered by a cookie, and nothing else is', async (t) => {
  const { url } = await openSandbox(t)
  t.match((await fetch(`${url}/?lang=en`)).headers.get('set-cookie'), /^sandbox_lang=en; Path=\/; .*SameSite=Lax$/)
  t.equal((await fetch(url)).headers.get('set-cookie'), null)
  t.equal((await fetch(`${url}/?lang=%0d%0aX`)).headers.get('set-cookie'), null)
})

test('window and receipt speak the language too', async (t) => {
  const { url, sandbox } = await openSandbox(t, { lang: 'en' })
  const order = { merchant_uid: 'order_1', amount: 14_000, name: 'A chair', pg: 'html5_inicis' }
  const body = new URLSearchParams({ request: JSON.stringify(order), mode: 'layer', origin: 'http://localhost:3000' })
  const window = await (await fetch(`${url}/checkout`, { method: 'POST', body })).text()
  t.match(window, 'Pay ₩14,000')
  t.match(window, '<html lang="en">')
  const { receipt_url } = await sandbox.pay({ ...order, merchant_uid: 'order_2' })
  t.match(await (await fetch(receipt_url ?? '')).text(), '<h1>Receipt</h1>')
})
