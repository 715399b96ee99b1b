import type { Context, Hooks, PricedByAny } from '../hooks.js'
import type { Payment } from './payment.js'

type Names = Pick<Payment, 'imp_uid' | 'merchant_uid'>
type AnyHooks<Tx> = Hooks<Tx, Payment, PricedByAny>

/**
 * A hook with something around each of its calls.
 *
 * @param call the hook
 * @param namesOf of the payment that the hook is called for
 */
export type WrapHook = <Subject, C extends Context<unknown>, T>(
  hook: keyof Hooks, call: (subject: Subject, context: C) => T | Promise<T>, namesOf: (subject: Subject) => Names
) => typeof call

/** All hooks, wrapped. They are called on the merchant's own object, as ever. */
export function wrapHooks<Tx> (hooks: AnyHooks<Tx>, wrap: WrapHook): AnyHooks<Tx> {
  const { onVbank, onFail, onCancel, onConfirm } = hooks
  return {
    getExpectedAmount: wrap('getExpectedAmount', hooks.getExpectedAmount.bind(hooks), (payment) => payment),
    onPaid: wrap('onPaid', hooks.onPaid.bind(hooks), (payment) => payment),
    ...(onVbank && { onVbank: wrap('onVbank', onVbank.bind(hooks), (payment) => payment) }),
    ...(onFail && { onFail: wrap('onFail', onFail.bind(hooks), ({ payment }) => payment) }),
    ...(onCancel && { onCancel: wrap('onCancel', onCancel.bind(hooks), (payment) => payment) }),
    ...(onConfirm && { onConfirm: wrap('onConfirm', onConfirm.bind(hooks), (attempt) => attempt) }),
  }
}
