import { EventEmitter } from 'node:events'
import { Dispatcher } from 'undici'
import type { HttpDispatcher } from './exchange.js'

/** Ends a probe. With a code, so that no retrying dispatcher tries it again. */
const STOP = Object.assign(new Error('a probe, which sends nothing'), { code: 'IAMPORT_PROBE' })

/** Callbacks of a handler as undici 6 and earlier want them; later ones read none of them of a handler like ours. */
const OLD_CALLBACKS = ['onConnect', 'onHeaders', 'onData', 'onComplete', 'onError']

/**
 * Whether a dispatcher calls the callbacks that `exchange` has. undici 6 and earlier, and so Node's own fetch before
 * Node 24, want others, and refuse every request. No property tells them apart, composed ones least of all; so this
 * dispatches a request without a path, which none can send, and sees which callbacks are looked for.
 *
 * - undici 7 looks for `onRequestStart` before anything else, and is stopped there.
 * - undici 8 finds no path, and looks for `onResponseError` to say so; undici 6, for `onError`.
 *
 * Not asked are undici's own of the version that we have, and objects that are none of undici's at all (each of those
 * is an `EventEmitter`): whoever writes one knows the callbacks.
 */
export function takesOurHandlers (dispatcher: HttpDispatcher, origin: string): boolean {
  if (dispatcher instanceof Dispatcher || !(dispatcher instanceof EventEmitter)) return true
  let looksForOurs = false
  let looksForOld = false
  let isProbing = true
  /** Thrown from a callback, it passes through every dispatcher; thrown later, it would end the process. */
  const stop = () => { if (isProbing) throw STOP }
  const handler = {
    get onRequestStart () {
      looksForOurs = true
      stop()
      return (controller: Dispatcher.DispatchController) => controller.abort(STOP)
    },
    get onResponseError () {
      looksForOurs = true
      return stop
    },
    onResponseStart () {},
    onResponseData () {},
    onResponseEnd () {},
  }
  for (const name of OLD_CALLBACKS) Object.defineProperty(handler, name, { get () { looksForOld = true } })
  // A POST is neither repeated nor cached. Whoever copies the request gets no path; whoever reads it ends the probe.
  const parts = { origin, path: '', method: 'POST' as const, headers: {}, headersTimeout: 0, bodyTimeout: 0 }
  const request = Object.defineProperty(parts, 'path', { enumerable: false, get () { throw STOP } })
  try {
    dispatcher.dispatch(request, handler)
  } catch {}
  isProbing = false
  return looksForOurs || !looksForOld
}
