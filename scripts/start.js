// The demo: `npm start`. Says at once where it cannot start, compiles only what has changed, and says what it does.
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Of the shop and of the sandbox, unless the environment names others. */
const PORTS = { PORT: 3000, SANDBOX_PORT: 4010 }

/** @param {string} message @returns {never} */
function giveUp (message) {
  console.error(message)
  process.exit(1)
}

/** A port that is free now. @param {keyof typeof PORTS} variable */
async function portOf (variable) {
  const port = Number(process.env[variable] || PORTS[variable])
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) giveUp(`${variable} must be a port, 1 to 65535.`)
  const probe = createServer()
  try {
    probe.listen(port, '127.0.0.1')
    await once(probe, 'listening')
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    const reason = code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${code})`
    giveUp(`Port ${port} ${reason}. Choose another: ${variable}=${port < 65_535 ? port + 1 : 3000} npm start`)
  }
  probe.close()
  await once(probe, 'close')
  return port
}

const port = await portOf('PORT')
const sandboxPort = await portOf('SANDBOX_PORT')
if (port === sandboxPort) giveUp('PORT (the shop) and SANDBOX_PORT must differ.')

await import('./build.js')
console.log('Starting the shop and the sandbox …')
const { startDemo } = await import('../examples/shop/demo.js')
const demo = await startDemo({ port, sandboxPort })
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => demo.close())

console.log(`
  느린 가게 (the shop)      ${demo.url}
  샌드박스 (the sandbox)    ${demo.sandboxUrl}

  실제로 결제되지 않습니다. No money moves. Ctrl+C to stop.
  가게 서버를 죽여 보세요(kill the shop): kill -9 ${demo.shopPid()}
  다시 시작해 남은 결제를 마저 완료합니다. It starts again, and completes what it had not.
`)
await demo.running
