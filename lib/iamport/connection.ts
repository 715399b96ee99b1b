import type { TSchema, Static } from '@sinclair/typebox'
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler'
import type { FastifyBaseLogger } from 'fastify'
import { monotonic, type Deadline } from '../concurrency/deadline.js'
import { BadGatewayError, PaymentNotFoundError, refusalOf, UnauthorizedError } from '../errors.js'
import type { readRequest } from '../http/any-request.js'
import type { HttpDispatcher } from '../http/exchange.js'
import { retrying } from '../http/retries.js'
import { warnOfClock } from './clock.js'
import { requestAny, requestOnce } from './request.js'
import { AccessToken } from './schemas.js'
import { createTokenCache } from './token.js'

export interface ConnectionOptions {
  impKey: string
  impSecret: string
  /** With or without a path. */
  baseUrl: string
  /** Sub-merchant code, sent as the `Tier` header. */
  tier?: string
  dispatcher: HttpDispatcher
  /** One try, in milliseconds. */
  timeoutMs: number
  /** All tries of one call, in milliseconds. */
  budgetMs: number
  log?: Pick<FastifyBaseLogger, 'warn'>
}

interface Call<Schema extends TSchema> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  body?: object
  check: TypeCheck<Schema>
  maxBytes?: number
}

interface Authorized {
  /** For the first attempt. @default the current token, or a new one */
  token?: string | undefined
  /** Whether it is repeated after a 401. @default true */
  isRepeatable?: boolean
}

const checkToken = TypeCompiler.Compile(AccessToken)

export type Connection = ReturnType<typeof createConnection>

/** Requests with the access token, which is issued and renewed as needed. */
export function createConnection (options: ConnectionOptions) {
  const { impKey, impSecret, tier, budgetMs, log } = options
  const { origin, pathname } = new URL(options.baseUrl)
  const base = pathname.replace(/\/$/, '')
  const common: Record<string, string> = tier === undefined ? {} : { tier }
  const withBody = { ...common, 'content-type': 'application/json' }
  const tokens = createTokenCache(issueToken)
  const inBudget = (): Deadline => monotonic() + budgetMs

  async function issueToken () {
    const body = JSON.stringify({ imp_key: impKey, imp_secret: impSecret })
    const message = { origin, path: `${base}/users/getToken`, method: 'POST' as const, headers: withBody, body }
    const deadline = inBudget()
    try {
      const token = await retrying(deadline, () => requestOnce(options, message, checkToken, deadline))
      if (log) warnOfClock(log, token.now)
      return token
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal?.providerCode !== undefined) throw new UnauthorizedError({ cause: refusal })
      if (error instanceof PaymentNotFoundError) {
        throw new BadGatewayError('there is no /users/getToken; is baseUrl correct?', { cause: error })
      }
      throw error
    }
  }

  /** One try. The token is sent bare, which the provider and every known emulator accept; some refuse `Bearer`. */
  function send<Schema extends TSchema> (
    { method, path, body, check, maxBytes }: Call<Schema>, token: string, deadline: Deadline
  ): Promise<Static<Schema>> {
    const headers = { authorization: token, ...(body ? withBody : common) }
    const message = { origin, path: base + path, method, headers, body: body && JSON.stringify(body) }
    return requestOnce(options, message, check, deadline, maxBytes)
  }

  /** With a token, and after a 401 once more with a new one: a request refused with 401 was not carried out. */
  async function authorized<T> (
    deadline: Deadline, attempt: (token: string) => Promise<T>, { token: given, isRepeatable = true }: Authorized = {}
  ): Promise<T> {
    const token = given ?? tokens.current() ?? await tokens.renew(deadline)
    try {
      return await attempt(token)
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error
      tokens.drop(token)
      if (!isRepeatable) throw error
    }
    return authorized(deadline, attempt, { isRepeatable: false })
  }

  const read = <Schema extends TSchema>(call: Call<Schema>, deadline = inBudget()) =>
    authorized(deadline, (token) => retrying(deadline, () => send(call, token, deadline)))
  const write = <Schema extends TSchema>(call: Call<Schema>, deadline = inBudget()) =>
    authorized(deadline, (token) => send(call, token, deadline))
  const writeOnce = <Schema extends TSchema>(call: Call<Schema>, deadline: Deadline) =>
    authorized(deadline, (token) => send(call, token, deadline), { isRepeatable: false })

  return {
    send,
    authorized,
    /** The token, if there is one that has not expired. */
    currentToken: tokens.current,
    read,
    write,
    /** Not repeated after a 401 either. */
    writeOnce,
    /** The deadline of a call that begins now. */
    inBudget,
    /** Any endpoint; a GET is retried. Resolves to the `response` of the answer. */
    any ({ body, ...call }: ReturnType<typeof readRequest>): Promise<unknown> {
      const deadline = inBudget()
      const attempt = (authorization: string) => {
        const headers = { ...(body === undefined ? common : withBody), authorization }
        return requestAny(options, { ...call, origin, path: base + call.path, headers, body }, deadline)
      }
      return authorized(deadline, (token) =>
        call.method === 'GET' ? retrying(deadline, () => attempt(token)) : attempt(token))
    },
  }
}
