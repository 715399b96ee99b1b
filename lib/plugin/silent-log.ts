import type { FastifyBaseLogger } from 'fastify'

/** Whether the warning was given: once in a process, however many apps its tests make. */
const given = { isGiven: false }

/**
 * Whether the log drops errors, those about manual refunds too. Fastify's logger without the option `logger` is one
 * function that does nothing under every name, as are pino's levels that are switched off.
 *
 * @param logLevel the plugin's option, which is that of its requests
 */
export function isSilent (log: FastifyBaseLogger, logLevel: string | undefined): boolean {
  const isOff = log.error === log.trace && log.error.name === 'noop'
  return isOff || logLevel === 'silent' || logLevel === 'fatal'
}

/** Warns on standard error, as the log drops everything. */
export function warnOfSilence (log: FastifyBaseLogger, logLevel: string | undefined): void {
  if (given.isGiven || !isSilent(log, logLevel)) return
  given.isGiven = true
  const message = 'fastify-iamport: the log of this Fastify is off, so no one would learn that a payment needs ' +
    'a manual refund: give Fastify a logger, e.g. Fastify({ logger: true }), in NestJS ' +
    'new FastifyAdapter({ logger: true })'
  process.emitWarning(message, { type: 'FastifyIamportWarning', code: 'FASTIFY_IAMPORT_SILENT' })
}
