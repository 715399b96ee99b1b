// Other people's clients, unchanged, against the sandbox of ../../dist. `npm ci && npm test`, after `npm run build` above.
import { CLIENTS } from './adapters.js'
import { CONTRACT } from './contract.js'

// By address: the name of the package stands for itself only inside its own folder, and this one has a package.json.
const { createSandbox } = await import(new URL('../../dist/sandbox/index.js', import.meta.url).href)
const sandbox = createSandbox()
const url = await sandbox.listen({ port: 0 })

let failures = 0
for (const create of CLIENTS) {
  const client = create({ url, key: 'imp_key', secret: 'imp_secret' })
  console.log(client.name)
  for (const [name, check] of Object.entries(CONTRACT)) {
    try {
      console.log(`  ${await check(client, create, url) === 'not offered' ? '-  not offered by the client:' : 'ok'} ${name}`)
    } catch (error) {
      failures++
      console.log(`  NOT OK ${name}`)
      console.error(error)
    }
  }
}
await sandbox.close()
console.log(failures === 0 ? `\nall ${CLIENTS.length} clients work against the sandbox` : `\n${failures} failed`)
process.exitCode = failures === 0 ? 0 : 1
