import type { FastifyContextConfig, FastifyRequest, FastifySchema } from 'fastify'

/** In a schema: keeps the provider's routes out of the shop's API (@fastify/swagger). No client calls them. */
export const HIDDEN: FastifySchema & { hide: true } = { hide: true }

const PROVIDERS = Symbol('of the provider')

/**
 * The `config` of the provider's routes: a limit for the whole app does not count its requests (@fastify/rate-limit).
 * After a 429 a webhook is never redelivered, and a confirmation refuses the payment. What a flood of made-up ones can
 * cost is bounded by the limit of the body, by the negative cache, and by lookups that are shared.
 */
export const UNLIMITED: FastifyContextConfig & { rateLimit: false, [PROVIDERS]: true } =
  { rateLimit: false, [PROVIDERS]: true }

/** Whether a request is the provider's. Fastify copies a route's `config`, with its symbols. */
export const isProviders = ({ routeOptions: { config } }: FastifyRequest): boolean => PROVIDERS in config
