import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const root = fileURLToPath(new URL('../..', import.meta.url))
const SCRIPT = 'https://cdn.iamport.kr/v1/iamport.js'

/** A README's server and page, running as a reader has them; only the script's address is the sandbox's. */
export async function startReadme (t: Test, file: 'README.md' | 'README.ko.md', sandboxUrl: string): Promise<string> {
  const markdown = readFileSync(root + file, 'utf8')
  const fence = (language: string) => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(markdown)?.[1] ?? ''
  const page = fence('html').replace(SCRIPT, `${sandboxUrl}/v1/iamport.js`)
  if (page.includes(SCRIPT) || !page.includes(sandboxUrl)) throw new Error('the page has another script')

  const folder = mkdtempSync(join(tmpdir(), 'readme-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'app.mjs'), fence('js'))
  writeFileSync(join(folder, 'page.html'), page)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(root, 'node_modules/fastify'), join(folder, 'node_modules/fastify'))
  symlinkSync(root, join(folder, 'node_modules/fastify-iamport'))
  return startServer(t, folder, { IMP_URL: sandboxUrl, IMP_KEY: 'imp_key', IMP_SECRET: 'imp_secret', PORT: '0' })
}

/** Resolves to the address that the server writes into its log. */
async function startServer (t: Test, cwd: string, variables: Record<string, string>): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: '', ...variables }
  const server = spawn(process.execPath, ['app.mjs'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => { server.once('close', resolve) })
  t.teardown(async () => {
    server.kill()
    await ended
  })
  let log = ''
  for await (const part of server.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    log += part
    const [, port] = /Server listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(log) ?? []
    if (port === undefined) continue
    server.stdout.resume() // a full pipe would stop the server
    return `http://localhost:${port}`
  }
  throw new Error(`the server has ended: ${log}`)
}
