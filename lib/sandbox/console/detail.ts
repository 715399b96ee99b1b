import type { HistoryEntry } from '../history.js'
import type { V2Entry } from '../portone/entry.js'
import { fractionDigits } from '../../money.js'
import { paymentOf } from '../portone/wire.js'
import type { AnyEntry, Records } from '../records.js'
import type { Entry } from '../store.js'
import { summaryOf, type Summary } from './summary.js'

/** What can be done to a payment. */
interface Possible {
  deposit: boolean
  approve: boolean
  /** A requested cancellation waits for its end. */
  endCancellation: boolean
}

/** A payment in full. */
interface Detail extends Summary, Possible {
  /** How many of the API's units an amount here has: V2 counts cents. */
  unitsPerMajor: number
  /** Of a card company, a bank, an account. */
  institution: string | null
  account: string | null
  channel: string
  reason: string | null
  /** Of this order: `2 / 3` for the second attempt of three. */
  attempt: string | null
  history: readonly HistoryEntry[]
  /** As the API answers it. */
  payment: unknown
}

/** Whether its last event but for webhooks was that its approval is pending. */
const isPending = ({ history }: AnyEntry) =>
  history.findLast(({ event }) => event !== 'webhook')?.event === 'approval_pending'

type Own = Omit<Detail, keyof Summary | 'history' | 'approve'>

function v1Detail ({ payment }: Entry): Own {
  return {
    deposit: payment.vbank_num !== null && payment.status === 'ready',
    endCancellation: false,
    unitsPerMajor: 1,
    institution: payment.card_name ?? payment.bank_name,
    account: payment.vbank_num === null ? null : `${payment.vbank_name ?? ''} ${payment.vbank_num}`,
    channel: payment.channel,
    reason: payment.fail_reason,
    attempt: null,
    payment,
  }
}

function v2Detail (entry: V2Entry, attempts: readonly V2Entry[], storeId: string): Own {
  const { payment } = entry
  const { method, channel, failure, status, cancellations } = payment
  return {
    deposit: status === 'VIRTUAL_ACCOUNT_ISSUED',
    unitsPerMajor: 10 ** fractionDigits(payment.currency),
    endCancellation: cancellations.some((one) => one.status === 'REQUESTED'),
    institution: method?.type === 'PaymentMethodCard' ? method.card.issuer ?? null : null,
    account: method?.type === 'PaymentMethodVirtualAccount' ? `${method.bank} ${method.accountNumber}` : null,
    channel: channel.key,
    reason: failure?.reason ?? null,
    attempt: attempts.length > 1 ? `${attempts.indexOf(entry) + 1} / ${attempts.length}` : null,
    payment: paymentOf(entry, storeId),
  }
}

/** That payment, or `undefined`: the sandbox has forgotten it. */
export function detailOf (records: Records, serial: number, storeId: string): Detail | undefined {
  const all = [...records.all()]
  const entry = all.find((one) => one.serial === serial)
  if (!entry) return undefined
  const isAlike = (one: AnyEntry): one is V2Entry =>
    one.generation === 'v2' && entry.generation === 'v2' && one.payment.paymentId === entry.payment.paymentId
  const own = entry.generation === 'v1' ? v1Detail(entry) : v2Detail(entry, all.filter(isAlike), storeId)
  return { ...summaryOf(entry), ...own, approve: isPending(entry), history: entry.history }
}
