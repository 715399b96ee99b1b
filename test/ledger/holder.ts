// Runs `once` with a work that never ends, and says so when it has begun: a process to be killed.
import { openLedger } from './open-ledger.js'

const [url = '', key = '', settings = '{}'] = process.argv.slice(2)
await openLedger(url, JSON.parse(settings)).once(key, () => {
  process.send?.('begun')
  return new Promise(() => setInterval(() => {}, 1000))
})
