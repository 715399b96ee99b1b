import { unlessAborted } from '../concurrency/abort.js'
import { monotonic, within, type Deadline } from '../concurrency/deadline.js'
import { asError, BusyError, InvalidOptionsError, UnavailableError } from '../errors.js'
import { canFind } from '../ledger/find-before.js'
import type { Ledger } from '../ledger/ledger.js'
import type { Money } from '../money.js'
import type { LookedUpPayment } from './looked-up-payment.js'
import { heldOf, type Unrefunded } from './find-unrefunded.js'
import { ManualRefundsError, type ManualRefundProblem, type ManualRefundsPeriod } from './manual-refunds-report.js'
import type { Payment } from './payment.js'
import { assertPeriod } from './period.js'
import { namesOf, type Listed, type PaymentList, type PaymentProvider } from './provider.js'

export interface ManualRefundsSettings {
  provider: Pick<PaymentProvider, 'lists'>
  ledger: Pick<Ledger, 'find'>
  /** Whether this payment needs a person, by the ledger and its order. */
  findUnrefunded (looked: LookedUpPayment): Promise<Unrefunded | undefined>
  /** Aborted when the app closes. */
  signal: AbortSignal
  /** Lookup and ledger, for one payment, in milliseconds. */
  budgetMs: number
  /** Milliseconds after which a payment whose `getExpectedAmount` is still running counts as an error. */
  limitMs: number
}

/** A payment that needs a person, as its latest lookup showed it. */
interface Held<P extends Payment> extends Unrefunded {
  looked: LookedUpPayment<P>
  since: Date | undefined
  held: Money
}

/** Payments of one provider: how they are looked up, and what is yielded of each. */
interface ManualRefundsOf<P extends Payment, Item> {
  lookUp (id: string, deadline: Deadline): Promise<LookedUpPayment<P>>
  itemOf (held: Held<P>): Item
}

/** The payments of a period whose money only a person can refund. Changes nothing. */
export type ManualRefunds = <P extends Payment, Item>(
  period: ManualRefundsPeriod, of: ManualRefundsOf<P, Item>
) => AsyncGenerator<Item, undefined>

const closing = () => new UnavailableError('the app is closing')

export function createManualRefunds (
  { provider, ledger, findUnrefunded, signal, budgetMs, limitMs }: ManualRefundsSettings
): ManualRefunds {
  const tooSlow = () => new BusyError({ cause: new Error(`not compared with its order within ${limitMs} ms`) })

  /** A listed payment may have changed since its page was read, so what is found there is looked up. */
  async function findIn<P extends Payment> (
    { id, payment: listed }: Listed, lookUp: ManualRefundsOf<P, unknown>['lookUp']
  ): Promise<Held<P> | undefined> {
    if (listed !== undefined && await findUnrefunded(listed) === undefined) return undefined
    const looked = await lookUp(id, monotonic() + budgetMs)
    // It is out of sight, and may still hold money.
    if (listed !== undefined && looked.key !== listed.key) {
      throw new BusyError({ cause: new Error('another attempt was looked up') })
    }
    const found = await findUnrefunded(looked)
    if (found === undefined) return undefined
    const { paidAtSec } = looked
    return { ...found, looked, held: heldOf(looked), since: paidAtSec > 0 ? new Date(paidAtSec * 1000) : undefined }
  }

  async function * iterate<P extends Payment, Item> (
    period: Required<ManualRefundsPeriod>, { lookUp, itemOf }: ManualRefundsOf<P, Item>
  ): AsyncGenerator<Item, undefined> {
    const errors: ManualRefundProblem[] = []
    /** A payment that is cancelled in part meanwhile comes in another list again. */
    const yielded = new Set<string>()

    async function findOrNote (listed: Listed): Promise<Held<P> | undefined> {
      try {
        const found = unlessAborted(signal, closing, () => findIn(listed, lookUp))
        return await within(found, monotonic() + limitMs, tooSlow)
      } catch (error) {
        if (signal.aborted) throw error
        errors.push({ ...namesOf(listed), error: asError(error) })
      }
    }

    async function * readList ({ payments }: PaymentList): AsyncGenerator<Held<P>, undefined> {
      try {
        for await (const listed of payments) {
          const held = await findOrNote(listed)
          if (held !== undefined && !yielded.has(held.looked.key)) yield held
        }
      } catch (error) {
        if (signal.aborted) throw closing()
        errors.push({ error: asError(error) })
      }
    }

    for (const list of provider.lists(period, signal)) {
      if (list.isUnpaid) continue
      for await (const held of readList(list)) {
        yielded.add(held.looked.key)
        yield itemOf(held)
      }
    }
    const [first] = errors
    if (first !== undefined) throw new ManualRefundsError(errors, first.error)
  }

  return ({ from, to = new Date() }, of) => {
    assertPeriod(from, to)
    // Reading by a claim, as elsewhere, would keep a payment waiting that is being completed.
    if (!canFind(ledger)) throw new InvalidOptionsError('ledger: manualRefunds needs one with find()')
    return iterate({ from, to }, of)
  }
}
