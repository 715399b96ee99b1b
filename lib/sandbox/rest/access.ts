import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Tokens } from '../token.js'
import { answer, refuse } from './envelope.js'
import { fieldsOf, text } from './fields.js'

export interface Account { impKey: string, impSecret: string }

/** The token, however it is sent: bare, as Bearer, in the header or the query that old clients use. */
function tokenOf ({ headers, query }: FastifyRequest): string {
  const old = headers['x-imptokenheader']
  const sent =
    headers.authorization ?? (typeof old === 'string' ? old : undefined) ?? text(fieldsOf(query), '_token') ?? ''
  return sent.replace(/^Bearer\s+/i, '').trim()
}

/** POST /users/getToken. */
export function mountToken (scope: FastifyInstance, { impKey, impSecret }: Account, tokens: Tokens): void {
  scope.post('/users/getToken', async (request, reply) => {
    const body = fieldsOf(request.body)
    if (text(body, 'imp_key') !== impKey || text(body, 'imp_secret') !== impSecret) {
      return refuse(reply, 401, '등록되지 않은 imp_key이거나 imp_secret이 일치하지 않습니다.')
    }
    return answer(tokens.issue())
  })
}

/** Every call needs a token, except the one that asks for it. */
export function requireToken (scope: FastifyInstance, tokens: Tokens): void {
  scope.addHook('onRequest', async (request, reply) => {
    if (!tokens.accepts(tokenOf(request))) return refuse(reply, 401, 'Unauthorized')
  })
}
