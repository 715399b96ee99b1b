import { browse } from './support/browse.js'
import { openConsole } from './support/operator.js'

browse('the console is English for an English browser, and its switch is remembered', async (t, tour) => {
  tour.sandbox.fault({ name: 'late_approval' })
  await tour.sandbox.pay({ merchant_uid: 'order_1', amount: 14_000, pay_method: 'phone', name: 'A chair' })
  const page = await tour.visit('english')
  await page.goto(tour.sandbox.url)
  await page.getByText('Live', { exact: true }).waitFor()
  await page.locator('#rows button').first().click()
  await page.getByRole('button', { name: 'Approve', exact: true }).click()
  await page.locator('.history').getByText('Paid', { exact: true }).waitFor()
  const shown = await page.locator('body').innerText()
  t.match(shown, '₩14,000')
  t.strictSame(shown.match(/[가-힣]+/g), ['한국어'], 'no Korean but the switch')

  await page.getByRole('link', { name: '한국어' }).click()
  await page.getByText('실시간 연결됨').waitFor()
  await page.goto(tour.sandbox.url)
  await page.getByText('실시간 연결됨').waitFor()
  t.equal(await page.getByText(/대역/).count(), 0)
})

browse('the console is Korean for a Korean browser', async (t, tour) => {
  const operator = await openConsole(tour)
  t.equal(await operator.locator('html').getAttribute('lang'), 'ko')
  await operator.getByText('모의 서버').waitFor()
  await operator.getByLabel('늦은 승인', { exact: true }).waitFor()
})
