// Other people's clients, unchanged, against the sandbox of ../../dist. `npm ci && npm test`, after `npm run build` above.
import { CLIENTS } from './adapters.js'
import { CONTRACT } from './contract.js'
import { checkBrowserSdk } from './portone-browser.js'
import { SERVER_CHECKS } from './portone-server.js'

// By address: the name of the package stands for itself only inside its own folder, and this one has a package.json.
const { createSandbox } = await import(new URL('../../dist/sandbox/index.js', import.meta.url).href)
const sandbox = createSandbox()
const url = await sandbox.listen({ port: 0 })

let failures = 0
/** @param {string} name @param {() => Promise<string | void>} check what it resolves to is why it was left out */
async function run (name, check) {
  try {
    const leftOut = await check()
    console.log(`  ${leftOut === undefined ? 'ok' : `-  ${leftOut}:`} ${name}`)
  } catch (error) {
    failures++
    console.log(`  NOT OK ${name}`)
    console.error(error)
  }
}

for (const create of CLIENTS) {
  const client = create({ url, key: 'imp_key', secret: 'imp_secret' })
  console.log(client.name)
  for (const [name, check] of Object.entries(CONTRACT)) {
    await run(name, async () => await check(client, create, url) === 'not offered' ? 'not offered by the client' : undefined)
  }
}
console.log('@portone/server-sdk')
for (const [name, check] of Object.entries(SERVER_CHECKS)) await run(name, () => check(sandbox))
console.log('@portone/browser-sdk')
await run('requestPayment in a layer', () => checkBrowserSdk(sandbox))
await sandbox.close()
console.log(failures === 0 ? `\nall ${CLIENTS.length + 2} clients work against the sandbox` : `\n${failures} failed`)
process.exitCode = failures === 0 ? 0 : 1
