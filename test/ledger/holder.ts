// A process to be killed: it calls `once` with a work that never ends, and sends a message when that has begun.
import { openLedger } from './open-ledger.js'

const [url = '', key = '', settings = '{}'] = process.argv.slice(2)
await openLedger(url, JSON.parse(settings)).once(key, () => {
  process.send?.('begun')
  return new Promise(() => setInterval(() => {}, 1000))
})
