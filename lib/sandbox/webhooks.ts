import { setMaxListeners } from 'node:events'
import type { Dispatcher } from 'undici'
import type { Faults } from './faults/faults.js'
import { post } from './post.js'
import type { Schedule } from './schedule.js'
import type { Entry, Store } from './store.js'

/** Milliseconds for a first try. Documented: 10 s to connect, 30 s to read. */
const FIRST_TIMEOUT_MS = 40_000
/** Milliseconds for a redelivery. Documented: 15 s in all. */
const REDELIVERY_TIMEOUT_MS = 15_000
/** Redeliveries of one webhook, as documented. */
const MAX_REDELIVERIES = 5

export interface WebhookOptions {
  /** Where webhooks go that have no `notice_url` of their own. */
  webhookUrl: string | undefined
  format: 'json' | 'form'
  /** Redeliveries: `times` 0 to 5, `everyMs` apart. Only after a network error or a 5xx. */
  resend: { times: number, everyMs: number }
  dispatcher: Dispatcher
}

export interface Webhooks {
  /** Sends the payment's status to the merchant's server, in the background. */
  announce (entry: Entry, cancellationId?: string): void
  /** The last one again, `copies` at once. */
  repeat (entry: Entry, copies?: number): void
  /** Resolves when none is under way or waiting for its time; with a clock handed in, when none is under way. */
  idle (): Promise<void>
  close (): Promise<void>
}

type Body = Record<string, string | number>
/** A webhook to one address. */
interface Delivery { entry: Entry, url: string, body: Body }

export function createWebhooks (store: Store, faults: Faults, schedule: Schedule, options: WebhookOptions): Webhooks {
  const { format, resend, dispatcher } = options
  const running = new Set<Promise<void>>()
  const waiting = new Set<Promise<void>>()
  /** Held back until the next one of the same payment has been sent. */
  const held = new WeakMap<Entry, () => Promise<void>>()
  const last = new WeakMap<Entry, Body>()
  const closing = new AbortController()
  // Every webhook that waits listens; Node warns from the eleventh on.
  setMaxListeners(0, closing.signal)

  function keep (set: Set<Promise<void>>, work: Promise<void>) {
    const kept = work.catch(() => {}).finally(() => set.delete(kept))
    set.add(kept)
  }
  const run = (work: Promise<void>) => keep(running, work)

  function later (ms: number, work: () => Promise<void>) {
    const due = new Promise<void>((resolve) => {
      schedule.after(ms, () => {
        run(work())
        resolve()
      })
      closing.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    // Whoever sets the clock forward by hand must not wait for it.
    if (!schedule.isManual) keep(waiting, due)
  }

  async function deliver (delivery: Delivery, redelivery = 0): Promise<void> {
    const { entry, url, body } = delivery
    const timeoutMs = redelivery === 0 ? FIRST_TIMEOUT_MS : REDELIVERY_TIMEOUT_MS
    const answer = await post(url, body, { format, timeoutMs, dispatcher, signal: closing.signal })
    if (closing.signal.aborted) return
    const note = redelivery > 0 ? 'redelivered' : undefined
    store.record(entry, 'webhook', String(body.status), { note, url, answer })
    if (answer.status === 0 || answer.status >= 500) redeliver(delivery, redelivery + 1)
  }

  function redeliver (delivery: Delivery, redelivery: number) {
    if (redelivery > MAX_REDELIVERIES) return
    const fault = faults.strike('redelivered_webhook')
    if (!fault && redelivery > resend.times) return
    later(fault?.everyMs ?? resend.everyMs, async () => {
      if (!faults.strike('lost_webhook')) return deliver(delivery, redelivery)
      lose(delivery, redelivery)
    })
  }

  /** Lost on its way, as by a network error. */
  function lose (delivery: Delivery, redelivery = 0) {
    const { entry, url, body } = delivery
    store.record(entry, 'webhook', String(body.status), { note: 'lost', url })
    redeliver(delivery, redelivery + 1)
  }

  /** One for each address; none, and a line in the history, where there is no address. */
  function deliveriesOf (entry: Entry, body: Body): Delivery[] {
    const own = [entry.request.notice_url ?? []].flat()
    const urls = own.length > 0 ? own : [options.webhookUrl ?? []].flat()
    if (urls.length === 0) store.record(entry, 'webhook', String(body.status), { note: 'no_url' })
    return urls.map((url) => ({ entry, url, body }))
  }

  async function deliverAll (deliveries: Delivery[], copies: number): Promise<void> {
    await Promise.all(Array.from({ length: copies }, () => deliveries.map((one) => deliver(one))).flat())
  }

  async function send (entry: Entry, deliveries: Delivery[]): Promise<void> {
    await deliverAll(deliveries, faults.strike('duplicate_webhook') ? 2 : 1)
    const next = held.get(entry)
    held.delete(entry)
    if (next) await next()
  }

  const bodyOf = ({ payment: { imp_uid, merchant_uid, status } }: Entry): Body => ({ imp_uid, merchant_uid, status })

  return {
    announce (entry, cancellationId) {
      const { status } = entry.payment
      const body = { ...bodyOf(entry), ...(cancellationId !== undefined && { cancellation_id: cancellationId }) }
      const deliveries = deliveriesOf(entry, body)
      if (deliveries.length === 0) return
      last.set(entry, body)
      if (faults.strike('lost_webhook')) {
        for (const delivery of deliveries) lose(delivery)
      } else if (!held.has(entry) && faults.strike('reordered_webhook')) {
        held.set(entry, () => deliverAll(deliveries, 1))
        store.record(entry, 'webhook', status, { note: 'held' })
      } else {
        const late = faults.strike('late_webhook')
        if (late) later(late.ms, () => send(entry, deliveries))
        else run(send(entry, deliveries))
      }
    },
    repeat (entry, copies = 1) {
      run(deliverAll(deliveriesOf(entry, last.get(entry) ?? bodyOf(entry)), copies))
    },
    async idle () {
      while (running.size > 0 || waiting.size > 0) await Promise.all([...running, ...waiting])
    },
    async close () {
      closing.abort()
      await Promise.all(running)
    },
  }
}
