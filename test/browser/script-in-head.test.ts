import Fastify from 'fastify'
import { openSandbox } from '../sandbox/support/client.js'
import { browse } from './support/browse.js'
import { approve, layerOf } from './support/buyer.js'

/** A page whose head asks for the window, before there is a body. */
const pageOf = (sandboxUrl: string) => `<!doctype html>
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
  shop.get('/', (_, reply) => reply.type('text/html').send(pageOf(url)))
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
