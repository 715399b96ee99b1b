// The shop of the demo, in a process of its own: the sandbox survives when the shop is killed, as Iamport would.
// `npm start` runs both (demo.js).
import { buildShop } from './app.js'
import { openDatabase } from './database.js'
import { addDeposits } from './deposit.js'
import { createOrders } from './orders.js'
import { readSettings } from './settings.js'

/** Milliseconds: so short that one can watch. A real shop looks every few minutes, and days back. */
const EVERY_MS = 5000
/** Milliseconds: a day. */
const LOOKBACK_MS = 24 * 3600_000

/** Until the app is ready there is nothing to finish. @type {() => void} */
let close = () => { process.exit() }
for (const event of ['SIGINT', 'SIGTERM', 'disconnect']) process.once(event, () => close())
if (process.connected === false) close() // the demo ended while this file was loaded

const { PORT = '3000', SHOP_DB } = process.env
const settings = readSettings()
const db = openDatabase(SHOP_DB)
const app = await buildShop({
  ...settings,
  db,
  reconcile: { everyMs: EVERY_MS, lookbackMs: LOOKBACK_MS },
  logger: { level: 'warn' },
})
addDeposits(app, createOrders(db), settings.iamportUrl)
app.addHook('onClose', () => { db.close() })

close = () => { app.close().finally(() => process.exit()) }

const url = await app.listen({ port: Number(PORT), host: '127.0.0.1' })
if (process.send) process.send({ url })
else console.log(`느린 가게 (the shop)  ${url}`)
