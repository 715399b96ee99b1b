import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { leaseLedger, type LeaseRow, type LeaseTable } from '../../../lib/index.js'

const mustNotRun = () => Promise.reject(new Error('it ran'))

/** A table whose only row is held by a live process; from the second time on, it takes `findMs` to read it. */
function heldTable (findMs: number): LeaseTable {
  let beat = 0
  const no = () => false
  return {
    async find (): Promise<LeaseRow> {
      if (beat > 0) await sleep(findMs, undefined, { ref: false })
      return { recorded: false, holder: 'another', beat: ++beat, leaseMs: 60_000 }
    },
    insert: no,
    takeOver: no,
    renew: no,
    record: no,
    release: no,
  }
}

test('a wait that ends while the row of the holder is being read is IAMPORT_BUSY', async (t) => {
  const ledger = leaseLedger({ table: heldTable(200), waitMs: 100, leaseMs: 50 })
  await t.rejects(ledger.once('imp_1:paid', mustNotRun), { code: 'IAMPORT_BUSY' })
})

test('a database that falls silent while an event is held is IAMPORT_UNAVAILABLE', async (t) => {
  const ledger = leaseLedger({ table: heldTable(60_000), waitMs: 100, leaseMs: 50 })
  await t.rejects(ledger.once('imp_1:paid', mustNotRun), { code: 'IAMPORT_UNAVAILABLE' })
})
