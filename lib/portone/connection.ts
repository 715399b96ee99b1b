import { randomUUID } from 'node:crypto'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import type { HttpDispatcher, Method } from '../http/exchange.js'
import { sendOnce } from '../http/request.js'
import { retrying } from '../http/retries.js'
import { assertIdempotencyKey } from './arguments.js'
import { PROVIDER, readAnswer } from './read-answer.js'

export interface ConnectionOptions {
  apiSecret: string
  /** With or without a path. */
  baseUrl: string
  dispatcher: HttpDispatcher
  /** One try of a read, in milliseconds. */
  timeoutMs: number
  /** A write, in milliseconds. */
  writeTimeoutMs: number
  /** All tries of a read, in milliseconds. */
  budgetMs: number
}

interface Call {
  method: Method
  /** With its query, percent-encoded. */
  path: string
  /** JSON. */
  body?: string
  maxBytes?: number
  /** Whether the PG may refuse it. @default true of a write */
  asksPg?: boolean
}

/** Authorised requests. All resolve to the parsed answer, `undefined` for an empty one, and reject as `readAnswer`. */
export interface Connection {
  /** Retried within `budgetMs`, or the deadline. */
  read (call: Call, deadline?: Deadline): Promise<unknown>
  /** One try of a read. */
  readOnce (call: Call, deadline: Deadline): Promise<unknown>
  /** Sent once, within `writeTimeoutMs`. @param idempotencyKey a new one if it is left out */
  write (call: Call, idempotencyKey?: string): Promise<unknown>
  /** The deadline of a read that begins now. */
  inBudget (): Deadline
}

export function createConnection (options: ConnectionOptions): Connection {
  const { apiSecret, dispatcher, timeoutMs, writeTimeoutMs, budgetMs } = options
  const { origin, pathname } = new URL(options.baseUrl)
  const base = pathname.replace(/\/$/, '')
  const common = { authorization: `PortOne ${apiSecret}` }
  const inBudget = (): Deadline => monotonic() + budgetMs

  async function send (
    { method, path, body, maxBytes, asksPg = method !== 'GET' }: Call, deadline: Deadline, timeoutMs: number,
    more: Record<string, string>
  ): Promise<unknown> {
    const content: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const message = { origin, path: base + path, method, headers: { ...common, ...content, ...more }, body }
    const answer = await sendOnce({ dispatcher, timeoutMs, provider: PROVIDER }, message, deadline, maxBytes)
    return readAnswer(answer, method !== 'GET', apiSecret, asksPg)
  }
  const readOnce = (call: Call, deadline: Deadline) => send(call, deadline, timeoutMs, {})

  return {
    read: (call, deadline = inBudget()) => retrying(deadline, () => readOnce(call, deadline)),
    readOnce,
    async write (call, idempotencyKey) {
      assertIdempotencyKey(idempotencyKey)
      // A new one each time: for three hours the provider repeats what it answered to an old one, refusals too.
      const key = idempotencyKey ?? randomUUID()
      return send(call, monotonic() + writeTimeoutMs, writeTimeoutMs, { 'idempotency-key': `"${key}"` })
    },
    inBudget,
  }
}
