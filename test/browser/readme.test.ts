import type { Page } from 'playwright-core'
import { t as root } from 'tap'
import { createSandbox, type Sandbox } from '../../lib/sandbox/index.js'
import { freePort } from '../support/free-port.js'
import { startDocument, type Document, type Served } from '../support/readme.js'
import { browse, type Tour } from './support/browse.js'
import { approve, layerOf } from './support/buyer.js'

const LANGUAGES = [
  {
    file: 'README.md',
    card: 'Pay by card',
    vbank: 'Pay into a virtual account',
    paid: 'The payment is complete.',
    account: /^A virtual account has been issued.* KB국민은행 004\d{11}, account holder \(주\)샌드박스, before \d+\/\d+\/20\d\d/,
    failed: 'The payment failed. 한도초과',
    ownPage: ['Bank: KB국민은행', 'Account number: 004', 'Account holder: (주)샌드박스', 'Amount: 14,000 KRW', 'Pay before: '],
  },
  {
    file: 'README.ko.md',
    card: '카드로 결제',
    vbank: '가상계좌로 결제',
    paid: '결제가 완료되었습니다.',
    account: /^가상계좌가 발급되었습니다.* KB국민은행 004\d{11} \(예금주 \(주\)샌드박스\), 20\d\d\. \d+\. \d+\. .*까지$/,
    failed: '결제에 실패했습니다. 한도초과',
    ownPage: ['은행: KB국민은행', '계좌번호: 004', '예금주: (주)샌드박스', '입금액: 14,000원', '입금기한: 20'],
  },
] as const
const V2_LANGUAGES = [
  {
    file: 'docs/portone.md', card: 'Pay by card', paid: 'The payment is complete.', failed: 'The payment failed. 한도초과',
  },
  {
    file: 'docs/portone.ko.md', card: '카드로 결제', paid: '결제가 완료되었습니다.', failed: '결제에 실패했습니다. 한도초과',
  },
] as const

interface Opened { sandbox: Sandbox, served: Served }
const opened = new Map<Document, Promise<Opened>>()
root.teardown(async () => {
  for (const { sandbox, served } of await Promise.all(opened.values())) {
    await served.close()
    await sandbox.close()
  }
})

/** The document's server, and the sandbox as its command starts it. */
async function serve (file: Document): Promise<Opened> {
  const port = await freePort()
  const webhookUrl = `http://localhost:${port}/payments/webhook`
  const sandbox = createSandbox({ webhookUrl, portone: { webhookUrl } })
  await sandbox.listen({ port: 0 })
  return { sandbox, served: await startDocument(file, sandbox, port) }
}

/** Its page, on a sandbox that has forgotten what the test before did. */
async function open (tour: Tour, file: Document, who: 'pc' | 'phone' = 'pc') {
  const begun = opened.get(file) ?? serve(file)
  opened.set(file, begun)
  const { sandbox, served } = await begun
  await sandbox.webhooksSent()
  sandbox.reset()
  tour.expectTrouble(/favicon\.ico$/)
  const page = await tour.visit(who)
  await page.goto(served.url)
  return { page, sandbox }
}

/** What the page says once it says something. */
async function status (page: Page): Promise<string> {
  await page.locator('p[role=status]:not(:empty)').waitFor()
  return page.locator('p[role=status]').innerText()
}

for (const language of LANGUAGES) {
  const { file, card, vbank } = language

  browse(`${file}: its page and its server take a card payment`, async (t, tour) => {
    const { page, sandbox } = await open(tour, file)
    await page.getByRole('button', { name: card }).click()
    await approve(layerOf(page))
    t.equal(await status(page), language.paid)
    t.match(sandbox.payments.all(), [{ status: 'paid', amount: 14000, cancel_amount: 0, pay_method: 'card' }])
  })

  browse(`${file}: a declined payment says why, and the same order can be paid afterwards`, async (t, tour) => {
    const { page, sandbox } = await open(tour, file)
    await page.getByRole('button', { name: card }).click()
    await layerOf(page).getByLabel('거절 사유').selectOption('한도초과')
    await layerOf(page).getByRole('button', { name: '거절하기' }).click()
    t.equal(await status(page), language.failed)
    await page.getByRole('button', { name: card }).click()
    await approve(layerOf(page))
    await page.getByText(language.paid).waitFor()
    const [first, second] = sandbox.payments.all()
    t.match([first?.status, second?.status], ['failed', 'paid'])
    t.equal(first?.merchant_uid, second?.merchant_uid)
  })

  browse(`${file}: a virtual account is shown with bank, number, holder and due time`, async (t, tour) => {
    const { page, sandbox } = await open(tour, file)
    await page.getByRole('button', { name: vbank }).click()
    await approve(layerOf(page))
    const shown = await status(page)
    t.match(shown, language.account)
    t.ok(shown.includes(String(sandbox.payments.all()[0]?.vbank_num)), 'the number is that of the payment')
  })

  browse(`${file}: a phone comes back to the plugin's own page, which shows the virtual account`, async (t, tour) => {
    const { page, sandbox } = await open(tour, file, 'phone')
    await page.getByRole('button', { name: vbank }).click()
    await page.waitForURL(`${sandbox.url}/checkout/*`)
    await approve(page)
    await page.waitForURL('**/payments/complete/mobile?*')
    const shown = await page.locator('main').innerText()
    for (const line of language.ownPage) t.ok(shown.includes(line), line)
  })
}

for (const { file, card, paid, failed } of V2_LANGUAGES) {
  browse(`${file}: its page and its server take a card payment, and its signed webhook`, async (t, tour) => {
    const { page, sandbox } = await open(tour, file)
    await page.getByRole('button', { name: card }).click()
    await approve(layerOf(page))
    t.equal(await status(page), paid)
    await sandbox.webhooksSent()
    const [payment] = sandbox.v2.payments.all()
    t.match(payment, { status: 'PAID', amount: { total: 14000, cancelled: 0 } })
    const { history } = sandbox.v2.payments.inspect(payment?.id ?? '')
    const answers = history.flatMap(({ text, answer }) => /\bPaid\b/.test(text) ? answer : [])
    t.match(answers, [{ status: 200, text: /"status":"paid"/ }], 'the webhook was accepted')
  })

  browse(`${file}: a declined payment says why, and can be paid afterwards`, async (t, tour) => {
    const { page, sandbox } = await open(tour, file)
    await page.getByRole('button', { name: card }).click()
    await layerOf(page).getByLabel('거절 사유').selectOption('한도초과')
    await layerOf(page).getByRole('button', { name: '거절하기' }).click()
    t.equal(await status(page), failed)
    await page.getByRole('button', { name: card }).click()
    await approve(layerOf(page))
    await page.getByText(paid).waitFor()
    const { payments } = sandbox.v2
    const attempts = payments.attempts(payments.all()[0]?.id ?? '')
    t.strictSame(attempts.map(({ status }) => status), ['FAILED', 'PAID'])
  })

  browse(`${file}: a phone comes back to the plugin's own page`, async (t, tour) => {
    const { page, sandbox } = await open(tour, file, 'phone')
    await page.getByRole('button', { name: card }).click()
    await page.waitForURL(`${sandbox.url}/checkout/*`)
    await approve(page)
    await page.waitForURL('**/payments/complete/mobile?*')
    t.match(await page.locator('main').innerText(), paid)
  })
}
