// The demo: the shop, and beside it a sandbox that stands in for Iamport. `npm start`
import { createSandbox } from 'fastify-iamport/sandbox'
import { buildShop } from './app.js'
import { openDatabase } from './database.js'
import { addDeposits } from './deposit.js'

const port = Number(process.env.PORT ?? 3000)
const sandboxPort = Number(process.env.SANDBOX_PORT ?? 4010)

const sandbox = createSandbox({ webhookUrl: `http://127.0.0.1:${port}/payments/webhook` })
const iamportUrl = await sandbox.listen({ port: sandboxPort }).catch(explain('SANDBOX_PORT', sandboxPort))
const db = openDatabase()
const app = await buildShop({ db, iamportUrl, logger: { level: 'warn' } })

addDeposits(app, sandbox)

const url = await app.listen({ port, host: '127.0.0.1' }).catch(explain('PORT', port))
console.log(`
  느린 가게 (the shop)      ${url}
  샌드박스 (the sandbox)    ${iamportUrl}

  실제로 결제되지 않습니다. No money moves. Ctrl+C to stop.
`)

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await app.close()
    await sandbox.close()
    db.close()
  })
}

/** @param {string} variable @param {number} taken @returns {(error: NodeJS.ErrnoException) => never} */
function explain (variable, taken) {
  return (error) => {
    if (error.code === 'EADDRINUSE') console.error(`Port ${taken} is in use. Choose another: ${variable}=${taken + 1} npm start`)
    else console.error(error)
    process.exit(1)
  }
}
