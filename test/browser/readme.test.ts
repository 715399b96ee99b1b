import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { createSandbox } from '../../lib/sandbox/index.js'
import { startReadme } from '../support/readme.js'
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
type Language = typeof LANGUAGES[number]

async function open (t: Test, tour: Tour, { file }: Language, who: 'pc' | 'phone' = 'pc') {
  const sandbox = createSandbox()
  const sandboxUrl = await sandbox.listen({ port: 0 })
  t.teardown(() => sandbox.close())
  const url = await startReadme(t, file, sandboxUrl)
  tour.expectTrouble(/favicon\.ico$/)
  const page = await tour.visit(who)
  await page.goto(url)
  return { page, sandbox, sandboxUrl }
}

/** What the page says once it says something. */
async function status (page: Page): Promise<string> {
  await page.locator('p[role=status]:not(:empty)').waitFor()
  return page.locator('p[role=status]').innerText()
}

for (const language of LANGUAGES) {
  const { file, card, vbank } = language

  browse(`${file}: its page and its server take a card payment`, async (t, tour) => {
    const { page, sandbox } = await open(t, tour, language)
    await page.getByRole('button', { name: card }).click()
    await approve(layerOf(page))
    t.equal(await status(page), language.paid)
    t.match(sandbox.payments.all(), [{ status: 'paid', amount: 14000, cancel_amount: 0, pay_method: 'card' }])
  })

  browse(`${file}: a declined payment says why, and the same order can be paid afterwards`, async (t, tour) => {
    const { page, sandbox } = await open(t, tour, language)
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
    const { page, sandbox } = await open(t, tour, language)
    await page.getByRole('button', { name: vbank }).click()
    await approve(layerOf(page))
    const shown = await status(page)
    t.match(shown, language.account)
    t.ok(shown.includes(String(sandbox.payments.all()[0]?.vbank_num)), 'the number is that of the payment')
  })

  browse(`${file}: a phone comes back to the plugin's own page, which shows the virtual account`, async (t, tour) => {
    const { page, sandboxUrl } = await open(t, tour, language, 'phone')
    await page.getByRole('button', { name: vbank }).click()
    await page.waitForURL(`${sandboxUrl}/checkout/*`)
    await approve(page)
    await page.waitForURL('**/payments/complete/mobile?*')
    const shown = await page.locator('main').innerText()
    for (const line of language.ownPage) t.ok(shown.includes(line), line)
  })
}
