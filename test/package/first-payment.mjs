// Follows the READMEs of the installed package, and docs/portone.md: writes their files, starts the sandbox's command
// and the server, and pays.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const env = { ...process.env, PORT: '0', NODE_ENV: '' }

/**
 * Resolves to the process, and the address that it writes first.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} options
 * @param {RegExp} address
 */
async function start (command, args, options, address) {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const part of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    output += part
    const [, url] = address.exec(output) ?? []
    if (url === undefined) continue
    child.stdout.resume()
    return { child, url }
  }
  throw new Error(`${command} has ended: ${output}`)
}

/** @param {import('node:child_process').ChildProcess} child */
async function stop (child) {
  child.kill()
  await once(child, 'close')
}

/** @param {string} url @param {object} fields */
const post = async (url, fields) => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(fields) })
  return JSON.parse(await response.text())
}

/** What the server says of a payment of the order on its page. @param {string} server @param {string} sandbox */
async function pay (server, sandbox, more = {}) {
  const page = await (await fetch(server)).text()
  const [, merchant_uid] = /merchant_uid: '([\w-]+)'/.exec(page) ?? []
  const { imp_uid } = await post(`${sandbox}/sandbox/pay`, { merchant_uid, amount: 14000, ...more })
  return post(`${server}/payments/complete`, { imp_uid })
}

/** Likewise on V2. @param {string} server @param {string} sandbox */
async function payV2 (server, sandbox, more = {}) {
  const page = await (await fetch(server)).text()
  const [, paymentId] = /paymentId: '(\w+)'/.exec(page) ?? []
  const { txId, paymentToken } = await post(`${sandbox}/sandbox/v2/pay`, { paymentId, totalAmount: 14000, ...more })
  return post(`${server}/payments/complete`, { paymentId, txId, paymentToken })
}

const command = 'node_modules/.bin/fastify-iamport-sandbox'
const sandbox = await start(command, ['--port', '0'], {}, /REST API +(http:\S+)/)
const LISTENING = /(http:\/\/127\.0\.0\.1:\d+)/

/**
 * A folder with the files of a document, its `.env` for this sandbox.
 * @param {string} file @param {string} env the first words of its `.env`
 */
function follow (file, env) {
  const markdown = readFileSync(`node_modules/fastify-iamport/${file}`, 'utf8')
  /** @param {string} start the first words of the code */
  const fence = (start) => new RegExp(`\`\`\`\\w+\n(${start}.*?)\`\`\``, 's').exec(markdown)?.[1] ?? ''
  const cwd = `first-payment-${file.replace('/', '-')}`
  mkdirSync(cwd)
  writeFileSync(`${cwd}/app.mjs`, fence('import '))
  writeFileSync(`${cwd}/page.html`, fence('<!doctype html>'))
  writeFileSync(`${cwd}/.env`, fence(env).replace('http://127.0.0.1:4010', sandbox.url))
  return cwd
}
const ARGS = ['--env-file=.env', 'app.mjs']

for (const file of ['README.md', 'README.ko.md']) {
  const cwd = follow(file, 'IMP_URL=')
  const test = await start(process.execPath, ARGS, { cwd, env }, LISTENING)
  const paid = await pay(test.url, sandbox.url)
  assert.equal(paid.status, 'paid')
  assert.equal(paid.message, file === 'README.md' ? 'The payment is complete.' : '결제가 완료되었습니다.')
  assert.equal((await pay(test.url, sandbox.url, { amount: 100 })).reason, 'amount_mismatch')
  assert.equal((await pay(test.url, sandbox.url, { pay_method: 'vbank' })).status, 'vbank_issued')
  assert.equal((await pay(test.url, sandbox.url, { sandbox: true })).status, 'paid', 'a test channel, to begin with')
  await stop(test.child)

  const live = await start(process.execPath, ARGS, { cwd, env: { ...env, NODE_ENV: 'production' } }, LISTENING)
  assert.equal((await pay(live.url, sandbox.url, { sandbox: true })).reason, 'test_payment')
  await stop(live.child)
}

for (const file of ['docs/portone.md', 'docs/portone.ko.md']) {
  const cwd = follow(file, 'PORTONE_URL=')
  const { child, url } = await start(process.execPath, ARGS, { cwd, env }, LISTENING)
  const paid = await payV2(url, sandbox.url)
  assert.equal(paid.message, file === 'docs/portone.md' ? 'The payment is complete.' : '결제가 완료되었습니다.')
  assert.equal((await payV2(url, sandbox.url, { totalAmount: 100 })).reason, 'amount_mismatch')
  const channelKey = 'channel-key-manual'
  assert.equal((await payV2(url, sandbox.url, { channelKey })).status, 'paid', 'approved by the server')
  await stop(child)
}
await stop(sandbox.child)
