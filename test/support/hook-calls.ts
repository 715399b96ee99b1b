import type { CancelContext, Context, Failure, Hooks, Payment } from '../../lib/index.js'

export type Call =
  | { hook: 'paid' | 'vbank', payment: Payment, context: Context }
  | { hook: 'cancel', payment: Payment, context: CancelContext }
  | { hook: 'fail', failure: Failure, context: Context }

/** What a shop's hooks were called with. */
export interface HookCalls {
  /** Every hook that ran, oldest first. */
  calls: Call[]
  /** The names of those hooks. */
  ran (): string[]
  /** What `onFail` was called with, oldest first. */
  failures (): Failure[]
  /** The cancellations that `onCancel` was called with, oldest first. */
  cancellations (): CancelContext['cancellation'][]
}

/** The hooks of a shop in which every order costs 14000 won, and what they were called with. */
export function recordHooks (): { hooks: Hooks, recorded: HookCalls } {
  const calls: Call[] = []
  return {
    hooks: {
      getExpectedAmount: () => 14000,
      onPaid: (payment, context) => { calls.push({ hook: 'paid', payment, context }) },
      onVbank: (payment, context) => { calls.push({ hook: 'vbank', payment, context }) },
      onFail: (failure, context) => { calls.push({ hook: 'fail', failure, context }) },
      onCancel: (payment, context) => { calls.push({ hook: 'cancel', payment, context }) },
    },
    recorded: {
      calls,
      ran: () => calls.map((call) => call.hook),
      failures: () => calls.flatMap((call) => call.hook === 'fail' ? [call.failure] : []),
      cancellations: () => calls.flatMap((call) => call.hook === 'cancel' ? [call.context.cancellation] : []),
    },
  }
}
