import { setMaxListeners } from 'node:events'
import type { Dispatcher } from 'undici'
import type { Faults } from '../faults/faults.js'
import type { AnyEntry, Records } from '../records.js'
import type { Schedule } from '../schedule.js'
import { post, type Content, type PostAnswer } from './post.js'

/** Redeliveries of one webhook, as both generations document. */
const MAX_REDELIVERIES = 5

/** When a webhook is sent again. */
export interface Redelivery {
  isFailure (status: number): boolean
  /** Milliseconds until the redelivery of that number, from 1; `undefined`: none. */
  delayMs (number: number): number | undefined
  /** Milliseconds between redeliveries that a fault switches on, unless it says otherwise. */
  usualMs: number
  /** False: nobody waits for it, since it is minutes or hours away. */
  isAwaited: boolean
}

/** A webhook as it is sent, to one address or several. */
export interface Message {
  /** How the history names it: `paid`, `Transaction.Paid`. */
  label: string
  content: Content
  /** What goes along with a try, made for each: its signature. */
  sign? (): Record<string, string>
  /** Milliseconds for that try, 0 for the first. */
  timeoutMs (redelivery: number): number
  redelivery: Redelivery
  /** Hears every answer. */
  onAnswer? (url: string, headers: Record<string, string>, answer: PostAnswer): void
}

/** Sends webhooks in the background: redelivers what fails, and does what the faults say. */
export interface Deliveries {
  /** None, and a line in the history, where there is no address. */
  send (entry: AnyEntry, urls: readonly string[], message: Message): void
  /** The same without any fault, `copies` at once. */
  repeat (entry: AnyEntry, urls: readonly string[], message: Message, copies?: number): Promise<void>
  /** Resolves when none is under way or waiting for its time; with a clock handed in, when none is under way. */
  idle (): Promise<void>
  close (): Promise<void>
}

/** A webhook to one address. */
interface Delivery { entry: AnyEntry, url: string, message: Message }
type Headers = Record<string, string>

export function createDeliveries (
  records: Records, faults: Faults, schedule: Schedule, dispatcher: Dispatcher
): Deliveries {
  const running = new Set<Promise<void>>()
  const waiting = new Set<Promise<void>>()
  /** Held back until the next one of the same payment has been sent. */
  const held = new WeakMap<AnyEntry, () => Promise<void>>()
  /** Ends every webhook that is under way or waits. */
  let ending = createEnding()

  function createEnding () {
    const controller = new AbortController()
    // Every webhook that waits listens; Node warns from the eleventh on.
    setMaxListeners(0, controller.signal)
    return controller
  }

  function keep (set: Set<Promise<void>>, work: Promise<void>) {
    const kept = work.catch(() => {}).finally(() => set.delete(kept))
    set.add(kept)
  }
  const run = (work: Promise<void>) => keep(running, work)

  function later (ms: number, work: () => Promise<void>, isAwaited = true) {
    const due = new Promise<void>((resolve) => {
      const { signal } = ending
      const end = () => {
        giveUp()
        resolve()
      }
      const giveUp = schedule.after(ms, () => {
        signal.removeEventListener('abort', end)
        run(work())
        resolve()
      })
      signal.addEventListener('abort', end, { once: true })
    })
    // Whoever sets the clock forward by hand must not wait for it.
    if (!schedule.isManual && isAwaited) keep(waiting, due)
  }

  async function deliver (delivery: Delivery, { redelivery = 0, signed, isReplay = false }: {
    redelivery?: number
    /** Signed before: the webhook was under way for long, or is a copy of another. */
    signed?: Headers
    isReplay?: boolean
  } = {}): Promise<void> {
    const { entry, url, message } = delivery
    const { signal } = ending
    const headers = signed ?? message.sign?.() ?? {}
    const answer = await post(url, message.content, {
      headers, timeoutMs: message.timeoutMs(redelivery), dispatcher, signal,
    })
    if (signal.aborted) return
    message.onAnswer?.(url, headers, answer)
    const note = isReplay ? 'replayed' : redelivery > 0 ? 'redelivered' : undefined
    records.record(entry, 'webhook', message.label, { note, url, answer })
    if (isReplay) return
    if (message.redelivery.isFailure(answer.status)) redeliver(delivery, redelivery + 1)
    const replayed = redelivery === 0 ? faults.of(entry.generation).strike('replayed_webhook') : undefined
    if (replayed) later(replayed.ms, () => deliver(delivery, { signed: headers, isReplay: true }))
  }

  function redeliver (delivery: Delivery, redelivery: number) {
    if (redelivery > MAX_REDELIVERIES) return
    const { entry, message } = delivery
    const fault = faults.of(entry.generation).strike('redelivered_webhook')
    const delayMs = message.redelivery.delayMs(redelivery)
    const ms = fault ? fault.everyMs ?? message.redelivery.usualMs : delayMs
    if (ms === undefined) return
    later(ms, async () => {
      if (!faults.of(entry.generation).strike('lost_webhook')) return deliver(delivery, { redelivery })
      lose(delivery, redelivery)
    }, fault !== undefined || message.redelivery.isAwaited)
  }

  /** Lost on its way, as by a network error. */
  function lose (delivery: Delivery, redelivery = 0) {
    const { entry, url, message } = delivery
    records.record(entry, 'webhook', message.label, { note: 'lost', url })
    redeliver(delivery, redelivery + 1)
  }

  function deliveriesOf (entry: AnyEntry, urls: readonly string[], message: Message): Delivery[] {
    if (urls.length === 0) records.record(entry, 'webhook', message.label, { note: 'no_url' })
    return urls.map((url) => ({ entry, url, message }))
  }

  async function deliverAll (deliveries: readonly Delivery[], copies: number, signed?: Headers): Promise<void> {
    await Promise.all(Array.from({ length: copies }, () => deliveries.map((one) => deliver(one, { signed }))).flat())
  }

  async function sendAll (entry: AnyEntry, deliveries: readonly Delivery[], signed?: Headers): Promise<void> {
    const { signal } = ending
    await deliverAll(deliveries, faults.of(entry.generation).strike('duplicate_webhook') ? 2 : 1, signed)
    if (signal.aborted) return
    const next = held.get(entry)
    held.delete(entry)
    if (next) await next()
  }

  records.onClear(() => {
    ending.abort()
    ending = createEnding()
  })

  return {
    send (entry, urls, message) {
      const strikes = faults.of(entry.generation)
      const deliveries = deliveriesOf(entry, urls, message)
      if (deliveries.length === 0) return
      if (strikes.strike('lost_webhook')) {
        for (const delivery of deliveries) lose(delivery)
      } else if (!held.has(entry) && strikes.strike('reordered_webhook')) {
        held.set(entry, () => deliverAll(deliveries, 1))
        records.record(entry, 'webhook', message.label, { note: 'held' })
      } else {
        const late = strikes.strike('late_webhook')
        // Signed when it was sent: whoever gets it late sees an old timestamp.
        const signed = late && message.sign?.()
        if (late) later(late.ms, () => sendAll(entry, deliveries, signed))
        else run(sendAll(entry, deliveries))
      }
    },
    repeat (entry, urls, message, copies = 1) {
      const work = deliverAll(deliveriesOf(entry, urls, message), copies)
      run(work)
      return work
    },
    async idle () {
      while (running.size > 0 || waiting.size > 0) await Promise.all([...running, ...waiting])
    },
    async close () {
      ending.abort()
      await Promise.all(running)
    },
  }
}
