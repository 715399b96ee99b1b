import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

/** Where a Chromium usually is: Debian, Ubuntu, Google's packages, macOS. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Nothing but what the pages under test ask for; `--no-sandbox` because containers run as root. */
const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--no-first-run',
]

/** The browser's program: `$CHROME_PATH`, else one of the usual places. `undefined`: this machine has none. */
export function findChromium () {
  const { CHROME_PATH } = process.env
  if (CHROME_PATH && !existsSync(CHROME_PATH)) throw new Error(`CHROME_PATH: there is no ${CHROME_PATH}`)
  return CHROME_PATH || PLACES.find((place) => existsSync(place))
}

/** @param {string} executablePath @param {string[]} [more] arguments */
export const launchChromium = (executablePath, more = []) =>
  chromium.launch({ executablePath, args: [...ARGS, ...more] })
