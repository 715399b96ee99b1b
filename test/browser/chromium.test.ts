import { test } from 'tap'
import { findChromium } from './support/chromium.js'

test('the tests in a real browser have one', async (t) => {
  const isFound = findChromium() !== undefined
  if (isFound) return t.pass('a Chromium is here')
  console.error('no Chromium here (CHROME_PATH, /usr/bin/chromium): the tests in a real browser are left out')
  t.notOk(process.env.CI, 'in CI they may not be left out')
})
