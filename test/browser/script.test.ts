import Fastify from 'fastify'
import iamport from 'fastify-iamport'
import type { Test } from 'tap'
import { openSandbox } from '../sandbox/support/client.js'
import { browse, type Tour } from './support/browse.js'
import { approve, layerOf } from './support/buyer.js'

/** A page as the provider's documentation writes it, for the provider's own script. */
const PAGE = `<!doctype html>
<html>
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <script src="https://cdn.iamport.kr/v1/iamport.js"></script>
    <script>
      var IMP = window.IMP;
      IMP.init("imp67011510");

      function requestPay() {
        IMP.request_pay(
          {
            channelKey: "channel-key-893597d6-e62d-410f-83f9-119f530b4b11",
            pay_method: "card",
            merchant_uid: "ORD20180131-0000011",
            name: "노르웨이 회전 의자",
            amount: 64900,
            buyer_email: "gildong@gmail.com",
            buyer_name: "홍길동",
            buyer_tel: "010-4242-4242",
            buyer_addr: "서울특별시 강남구 신사동",
            buyer_postcode: "01181",
            m_redirect_url: "/payments/complete/mobile",
          },
          async (response) => {
            if (response.error_code != null) {
              return alert(\`결제에 실패하였습니다. 에러 내용: \${response.error_msg}\`);
            }
            const notified = await fetch("/payments/complete", {
              method: "POST",
              headers: { "Content-Type": "application/json" },
              body: JSON.stringify({ imp_uid: response.imp_uid, merchant_uid: response.merchant_uid }),
            });
            const { status } = await notified.json();
            document.body.append(status === "paid" ? "결제 성공" : "결제 실패");
          },
        );
      }
    </script>
  </head>
  <body>
    <button onclick="requestPay()">결제하기</button>
  </body>
</html>
`

/** A merchant who serves that page; only the script's address is another. */
async function openMerchant (t: Test, { sandbox }: Tour) {
  const delivered: string[] = []
  const app = Fastify()
  await app.register(iamport, {
    impKey: 'imp_key',
    impSecret: 'imp_secret',
    baseUrl: sandbox.url,
    getExpectedAmount: () => 64900,
    onPaid: (payment) => { delivered.push(payment.merchant_uid) },
  })
  app.get('/', (_, reply) => reply.type('text/html').send(PAGE.replace('https://cdn.iamport.kr', sandbox.url)))
  app.get('/favicon.ico', (_, reply) => reply.code(204).send())
  t.teardown(() => app.close())
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), delivered }
}

browse('a page written for the real script runs unchanged when only the script\'s address changes', async (t, tour) => {
  const { url, delivered } = await openMerchant(t, tour)
  const page = await tour.visit()
  await page.goto(url)
  await page.getByRole('button', { name: '결제하기' }).click()
  await approve(layerOf(page))
  await page.getByText('결제 성공').waitFor()
  t.same(delivered, ['ORD20180131-0000011'])
  t.match(tour.sandbox.payments.all(), [{ amount: 64900, buyer_email: 'gildong@gmail.com', name: '노르웨이 회전 의자' }])
})

browse('the same page hears why a payment was declined, and that an order is paid already', async (t, tour) => {
  const { url, delivered } = await openMerchant(t, tour)
  const page = await tour.visit()
  const heard: string[] = []
  page.on('dialog', (dialog) => {
    heard.push(dialog.message())
    dialog.accept().catch(t.threw)
  })
  await page.goto(url)
  const pay = page.getByRole('button', { name: '결제하기' })
  await pay.click()
  await layerOf(page).getByRole('button', { name: '거절하기' }).click()
  await page.locator('iframe').waitFor({ state: 'detached' })
  await pay.click()
  await approve(layerOf(page))
  await page.getByText('결제 성공').waitFor()
  const dialog = page.waitForEvent('dialog')
  await pay.click()
  await dialog
  t.match(heard, [/한도초과/, /이미 결제가 이루어진/])
  t.same(delivered, ['ORD20180131-0000011'])
})

browse('the same page on a phone goes to the window and comes back by redirect', async (t, tour) => {
  const { url, delivered } = await openMerchant(t, tour)
  const page = await tour.visit('phone')
  await page.goto(url)
  await page.getByRole('button', { name: '결제하기' }).click()
  await page.waitForURL(`${tour.sandbox.url}/checkout/*`)
  await approve(page)
  await page.getByText('결제가 완료되었습니다').waitFor()
  t.same(delivered, ['ORD20180131-0000011'])
})

/** A page whose head asks for the window, before there is a body. */
const headPageOf = (sandboxUrl: string) => `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<script src="${sandboxUrl}/v1/iamport.js"></script>
<script>
  window.hadBody = Boolean(document.body)
  IMP.init('imp00000000')
  IMP.request_pay({ merchant_uid: 'order_1', amount: 1000, pg: 'html5_inicis', name: '의자' }, ({ imp_uid }) => {
    document.querySelector('output').textContent = imp_uid
  })
  IMP.request_pay({ merchant_uid: 'order_2', amount: 1000, pg: 'html5_inicis', name: '책상' })
</script>
</head>
<body><output></output></body>
</html>`

browse('a window that a script in the head asks for opens as soon as the page has a body', async (t, tour) => {
  const { url, sandbox } = await openSandbox(t)
  const shop = Fastify()
  shop.get('/', (_, reply) => reply.type('text/html').send(headPageOf(url)))
  shop.get('/favicon.ico', (_, reply) => reply.code(204).send())
  t.teardown(() => shop.close())
  const page = await tour.visit()
  await page.goto(await shop.listen({ port: 0, host: '127.0.0.1' }))
  t.equal(await page.evaluate<boolean>('window.hadBody'), false)
  await approve(layerOf(page))
  await page.getByText(/^imp_/).waitFor()
  t.match(sandbox.payments.all(), [{ merchant_uid: 'order_1', status: 'paid' }])
  t.equal(sandbox.payments.all().length, 1, 'the second request found a window that is opening')
})
