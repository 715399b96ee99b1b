import type { FastifyRequest } from 'fastify'
import { ForbiddenError } from '../errors.js'
import { rawBodyOf } from './raw-body.js'
import { verify } from './signature.js'

/**
 * Seconds. An older signature is logged and not refused: a replay costs a lookup, but a redelivered message may carry
 * its first timestamp, and refusing it may cost a deposit. The official verifier allows as much.
 */
const OLD_SEC = 300

/** Why a signature does not count. */
const PROBLEMS = {
  header: 'a signature header is missing',
  timestamp: 'the timestamp of the signature is malformed',
  id: 'the id of the message has a timestamp in it, as if made of another message',
  signature: 'the signature is wrong: is webhookSecret that of this webhook, and of this mode (test, live)?',
}

/**
 * Refuses a message that was not signed by one of the secrets.
 *
 * @returns whether it was signed; false without secrets
 * @throws IAMPORT_FORBIDDEN
 */
export function assertSigned (secrets: readonly Buffer[], request: FastifyRequest): boolean {
  if (secrets.length === 0) return false
  const { headers, log } = request
  const verification = verify(secrets, headers, rawBodyOf(request), Math.floor(Date.now() / 1000))
  if (!verification.isValid) {
    log.warn({ problem: verification.problem }, `notification refused: ${PROBLEMS[verification.problem]}`)
    throw new ForbiddenError('The signature is not valid')
  }
  const { ageSec } = verification
  if (ageSec > OLD_SEC) {
    log.warn({ ageSec }, 'notification with an old signature: redelivered, or replayed; if all are, the clock is fast')
  }
  if (ageSec < -OLD_SEC) {
    log.warn({ ageSec }, 'notification with a signature of a later time: this machine\'s clock is slow; switch NTP on')
  }
  return true
}
