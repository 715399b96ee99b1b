import type { WrapHook } from './wrap-hooks.js'

/** Milliseconds: sooner than a ledger gives up on a hook (its `workMs` is 60,000). */
const SLOW_MS = 30_000

/** Names a hook in the log, once, when it has not returned for 30 s: its payment waits, and perhaps a connection. */
export const nameSlowHook: WrapHook = (hook, call, namesOf) => (subject, context) => {
  const { imp_uid, merchant_uid } = namesOf(subject)
  const returned = call(subject, context)
  if (!isThenable(returned)) return returned
  const timer = setTimeout(() => {
    const fields = { hook, imp_uid, merchant_uid, source: context.source }
    context.log.warn(fields,
      `${hook} has not returned for ${SLOW_MS / 1000} s: does what it waits for have a time limit?`)
  }, SLOW_MS).unref()
  return untilReturned(returned, timer)
}

const isThenable = <T>(value: T | Promise<T>): value is Promise<T> =>
  value instanceof Object && 'then' in value && typeof value.then === 'function'

/** Awaits it once: a query of a builder runs each time that its `then` is called. */
async function untilReturned<T> (running: Promise<T>, timer: NodeJS.Timeout): Promise<T> {
  try {
    return await running
  } finally {
    clearTimeout(timer)
  }
}
