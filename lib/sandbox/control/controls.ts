import type { CancelRequest } from '../cancellation.js'
import type { HistoryEntry } from '../history.js'
import type { Lifecycle } from '../lifecycle.js'
import type { PaymentRequest, SandboxPayment } from '../payment.js'
import type { Entry, Store } from '../store.js'
import type { Webhooks } from '../webhooks/webhooks.js'

/** A payment to make, and what the buyer does. */
export interface Pay extends PaymentRequest {
  /** Made in a test channel. @default as the sandbox's `testChannel` */
  sandbox?: boolean
  /** @default 'pc' */
  channel?: SandboxPayment['channel']
  /** Declined for this reason, e.g. `한도초과`. */
  decline?: string
  /** The window opens and the buyer decides nothing: the payment stays `ready`. @default false */
  leave?: boolean
}

/** A payment with what only the sandbox knows. */
export interface Inspection {
  payment: SandboxPayment
  history: readonly HistoryEntry[]
  lookups: number
  updatedAt: number
}

/** What can be done to payments from outside; every method gives the payment as it is afterwards. */
export interface Controls {
  /** A payment as a buyer makes it in the window. @throws SANDBOX_REFUSED */
  pay (request: Pay): Promise<SandboxPayment>
  /** Somebody pays into the virtual account. @throws SANDBOX_UNKNOWN_PAYMENT, SANDBOX_REFUSED */
  deposit (impUid: string): SandboxPayment
  /**
   * Ends a virtual account that waits for its deposit, as its date does: `cancelled`, nothing paid, no webhook.
   * @throws SANDBOX_UNKNOWN_PAYMENT, SANDBOX_REFUSED
   */
  expire (impUid: string): SandboxPayment
  /** Approves a payment whose approval is pending. @throws SANDBOX_UNKNOWN_PAYMENT, SANDBOX_REFUSED */
  approve (impUid: string): SandboxPayment
  /** @deprecated The name of {@link approve} in an earlier version. */
  settle (impUid: string): SandboxPayment
  /** Cancels as in the provider's console: with a webhook. @throws SANDBOX_UNKNOWN_PAYMENT, SANDBOX_REFUSED */
  cancel (impUid: string, options?: Pick<CancelRequest, 'amount' | 'reason'>): SandboxPayment
  /** The last webhook again, `copies` at once. @throws SANDBOX_UNKNOWN_PAYMENT */
  resendWebhook (impUid: string, copies?: number): SandboxPayment
  payments: {
    get (impUid: string): SandboxPayment | undefined
    /** Every attempt of an order, oldest first. */
    ofOrder (merchantUid: string): SandboxPayment[]
    /** Oldest first. */
    all (): SandboxPayment[]
    /** The newest so many, oldest of them first. */
    newest (count: number): SandboxPayment[]
    /** @throws SANDBOX_UNKNOWN_PAYMENT */
    inspect (impUid: string): Inspection
  }
}

const copy = ({ payment }: Entry): SandboxPayment => structuredClone(payment)
/** The refund account of a virtual account's cancellation: the provider's console asks the operator for it. */
const REFUND_ACCOUNT = { refund_holder: '샌드박스', refund_bank: '004', refund_account: '0000000000' }

export function createControls (store: Store, lifecycle: Lifecycle, webhooks: Webhooks): Controls {
  const change = (impUid: string, work: (entry: Entry) => void) => {
    const entry = store.need(impUid)
    work(entry)
    return copy(entry)
  }

  const approve = (impUid: string) => change(impUid, (entry) => lifecycle.approvePending(entry))

  return {
    async pay ({ sandbox, channel = 'pc', decline, leave, ...request }) {
      const entry = lifecycle.open(request, { channel, sandbox })
      if (decline !== undefined) lifecycle.fail(entry, decline)
      else if (leave !== true) await lifecycle.approve(entry)
      return copy(entry)
    },
    deposit: (impUid) => change(impUid, (entry) => lifecycle.deposit(entry)),
    expire: (impUid) => change(impUid, (entry) => lifecycle.expire(entry)),
    approve,
    settle: approve,
    cancel: (impUid, { amount, reason } = {}) => change(impUid, (entry) => {
      lifecycle.cancel(entry, { ...REFUND_ACCOUNT, amount, reason }, { actor: 'console', webhook: true })
    }),
    resendWebhook: (impUid, copies) => change(impUid, (entry) => webhooks.repeat(entry, copies)),
    payments: {
      get: (impUid) => {
        const entry = store.get(impUid)
        return entry && copy(entry)
      },
      ofOrder: (merchantUid) => store.ofOrder(merchantUid).map(copy),
      all: () => Array.from(store.all(), copy),
      newest: (count) => [...store.all()].slice(-count).map(copy),
      inspect: (impUid) => {
        const { payment, history, lookups, updatedAt } = store.need(impUid)
        return structuredClone({ payment, history, lookups, updatedAt })
      },
    },
  }
}
