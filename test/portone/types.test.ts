import { test } from 'tap'
import { checked, checkPayment } from '../../lib/portone/check.js'
import type { PortonePayment } from '../../lib/portone/payment.js'
import { readPayment } from '../../lib/portone/payment.js'
import type { Payment } from '../../lib/index.js'
import { failed, paid } from '../support/portone-payments.js'

/** What a hook may write: this file does not compile if it may not. */
function tell ({ portone }: PortonePayment): string {
  switch (portone.status) {
    case 'PAID': return `paid at ${portone.paidAt.slice(0, 10)}`
    case 'FAILED': return `failed: ${portone.failure.reason ?? ''}`
    case 'CANCELLED': case 'PARTIAL_CANCELLED': return `${portone.cancellations.length} cancellations`
    default: return portone.status
  }
}

test('the status of the wire\'s payment tells its fields apart', async (t) => {
  const read = (wire: object) => readPayment(checked(checkPayment, wire)).payment
  t.equal(tell(read(paid({ paidAt: '2026-07-01T00:00:00Z' }))), 'paid at 2026-07-01')
  t.equal(tell(read(failed())), 'failed: 한도초과')
  t.equal(tell(read(paid({ status: 'NEW' }))), 'NEW')
})

test('a hook for V1\'s payments takes V2\'s', async (t) => {
  const hook = ({ amount, currency }: Payment) => `${amount} ${currency}`
  t.equal(hook(readPayment(checked(checkPayment, paid())).payment), '14000 KRW')
})
