import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sandbox } from '../../lib/sandbox/index.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What a reader changes in the page, and writes into `.env`. */
interface Setup { page: Record<string, string>, env: Record<string, string> }

const v1 = ({ url }: Sandbox): Setup => ({
  page: { 'https://cdn.iamport.kr/v1/iamport.js': `${url}/v1/iamport.js` },
  env: { IMP_URL: url, IMP_KEY: 'imp_key', IMP_SECRET: 'imp_secret' },
})
const v2 = ({ portone }: Sandbox): Setup => ({
  page: {
    'https://cdn.portone.io/v2/browser-sdk.js': `${portone.baseUrl}/v2/browser-sdk.js`,
    'store-...': portone.storeId,
    'channel-key-...': 'channel-key-live',
  },
  env: {
    PORTONE_URL: portone.baseUrl,
    PORTONE_API_SECRET: portone.apiSecret,
    PORTONE_STORE_ID: portone.storeId,
    PORTONE_WEBHOOK_SECRET: portone.webhookSecret,
  },
})

const SETUPS = { 'README.md': v1, 'README.ko.md': v1, 'docs/portone.md': v2, 'docs/portone.ko.md': v2 }
/** A document with a server and a page. */
export type Document = keyof typeof SETUPS

export interface Served {
  url: string
  close (): Promise<void>
}

/** A document's server and page, running as a reader has them on the sandbox. */
export async function startDocument (file: Document, sandbox: Sandbox, port = 0): Promise<Served> {
  const markdown = readFileSync(root + file, 'utf8')
  const fence = (language: string) => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(markdown)?.[1] ?? ''
  const { page, env } = SETUPS[file](sandbox)
  let html = fence('html')
  for (const [theirs, ours] of Object.entries(page)) {
    if (!html.includes(theirs)) throw new Error(`the page has no ${theirs}`)
    html = html.replace(theirs, ours)
  }
  const folder = mkdtempSync(join(tmpdir(), 'readme-'))
  writeFileSync(join(folder, 'app.mjs'), fence('js'))
  writeFileSync(join(folder, 'page.html'), html)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(root, 'node_modules/fastify'), join(folder, 'node_modules/fastify'))
  symlinkSync(root, join(folder, 'node_modules/fastify-iamport'))
  const { url, stop } = await startServer(folder, { ...env, PORT: String(port) })
  return {
    url,
    async close () {
      await stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Resolves to the address that the server writes into its log. */
async function startServer (cwd: string, variables: Record<string, string>) {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: '', ...variables }
  const server = spawn(process.execPath, ['app.mjs'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => { server.once('close', () => resolve()) })
  const stop = () => {
    server.kill()
    return ended
  }
  let log = ''
  for await (const part of server.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    log += part
    const [, port] = /Server listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(log) ?? []
    if (port === undefined) continue
    server.stdout.resume() // a full pipe would stop the server
    return { url: `http://localhost:${port}`, stop }
  }
  throw new Error(`the server has ended: ${log}`)
}
