import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { devices } from 'playwright-core'
import { t as root, test, type Test } from 'tap'
import { findChromium, launchChromium } from './chromium.js'
import { openDemo, type Demo } from './demo.js'

/** Milliseconds for one step on a page; the machine may be busy with other tests. */
const STEP_TIMEOUT_MS = 20_000

/** Who looks at the page. */
export const VISITORS = {
  pc: { viewport: { width: 1280, height: 800 }, locale: 'ko-KR' },
  english: { viewport: { width: 1280, height: 800 }, locale: 'en-US' },
  phone: { ...devices['Pixel 7'], viewport: { width: 360, height: 740 }, locale: 'ko-KR' },
} satisfies Record<string, BrowserContextOptions>

/** The demo with a browser in front of it. */
export interface Tour extends Demo {
  /** A new visitor, with nothing remembered of the others. */
  visit (who?: keyof typeof VISITORS): Promise<Page>
  /** Errors on a page's console that belong to the case; all others fail it. */
  expectTrouble (pattern: RegExp): void
}

const executablePath = findChromium()
let launched: Promise<Browser> | undefined
let shared: Promise<Demo> | undefined

/** Names under `example` are this machine's: pages of other sites, without any network. */
function chromium (path: string): Promise<Browser> {
  launched ??= launchChromium(path, ['--host-resolver-rules=MAP *.example 127.0.0.1'])
  return launched
}
root.teardown(async () => {
  await (await launched)?.close()
  await (await shared)?.close()
})

/** Writes down what goes wrong on any page of that visitor. */
function watch (context: BrowserContext, troubles: string[]): void {
  context.on('weberror', (error) => {
    troubles.push(String(error.error()))
  })
  context.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`${message.text()} ${message.location().url}`)
  })
}

/** The file's demo, which has forgotten what the test before did. */
async function sharedDemo (): Promise<Demo> {
  shared ??= openDemo()
  const demo = await shared
  await demo.forget()
  return { ...demo, close: async () => {} }
}

/**
 * A test in a real browser. Where there is none it holds nothing; chromium.test.ts says so, and fails in CI.
 * @param options of a demo of its own, with which it may run beside others; without them it has the file's
 */
export function browse (
  name: string, work: (t: Test, tour: Tour) => Promise<void>, options?: Parameters<typeof openDemo>[0]
): void {
  test(name, { buffered: options !== undefined }, async (t) => {
    if (executablePath === undefined) return t.plan(0, 'no browser')
    const browser = await chromium(executablePath)
    const demo = await (options === undefined ? sharedDemo() : openDemo(options))
    const contexts: BrowserContext[] = []
    const troubles: string[] = []
    const expected: RegExp[] = []
    t.teardown(async () => {
      for (const context of contexts) await context.close()
      await demo.close()
    })
    await work(t, {
      ...demo,
      async visit (who = 'pc') {
        const context = await browser.newContext(VISITORS[who])
        contexts.push(context)
        context.setDefaultTimeout(STEP_TIMEOUT_MS)
        watch(context, troubles)
        return context.newPage()
      },
      expectTrouble: (pattern) => { expected.push(pattern) },
    })
    t.strictSame(
      troubles.filter((trouble) => !expected.some((pattern) => pattern.test(trouble))),
      [],
      'no page reported an error'
    )
  })
}
