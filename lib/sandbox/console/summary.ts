import type { Entry, Store } from '../store.js'

/** Payments a message carries at most, and a page shows at first: load tests must not bury the browser. */
export const PAYMENTS_AT_ONCE = 100

/** A payment as a line of the list. */
export const summaryOf = ({ payment, lookups, updatedAt, history }: Entry) => ({
  imp_uid: payment.imp_uid,
  merchant_uid: payment.merchant_uid,
  name: payment.name,
  amount: payment.amount,
  cancel_amount: payment.cancel_amount,
  currency: payment.currency,
  pay_method: payment.pay_method,
  pg_provider: payment.pg_provider,
  emb_pg_provider: payment.emb_pg_provider,
  status: payment.status,
  sandbox: payment.sandbox,
  vbank_num: payment.vbank_num,
  started_at: payment.started_at,
  lookups,
  updatedAt,
  events: history.length,
})
export type Summary = ReturnType<typeof summaryOf>

/** The console's script finds by the same fields. */
const isFound = ({ payment: { merchant_uid, imp_uid, name } }: Entry, wanted: string) =>
  [merchant_uid, imp_uid, name].some((text) => text.toLowerCase().includes(wanted))

/** The newest payments, newest first. @param before older than that `imp_uid` @param search a part of number or name */
export function newest (
  store: Store, { before, search }: { before?: string | undefined, search?: string | undefined } = {}
): { payments: Summary[], more: boolean } {
  const wanted = search?.trim().toLowerCase() ?? ''
  const all = [...store.all()]
  const last = before === undefined ? all.length : all.findIndex((entry) => entry.payment.imp_uid === before)
  const found: Summary[] = []
  for (const entry of all.slice(0, Math.max(0, last)).reverse()) {
    if (wanted !== '' && !isFound(entry, wanted)) continue
    if (found.length === PAYMENTS_AT_ONCE) return { payments: found, more: true }
    found.push(summaryOf(entry))
  }
  return { payments: found, more: false }
}
