import type { TSchema } from '@sinclair/typebox'
import type { Tag } from './input.js'
import { completeReplies, redirectReplies } from './openapi-replies.js'

/*
 * What @fastify/swagger shows of the routes. Fastify itself reads of it the bodies and queries, and no more.
 */

/**
 * Route options: the replies of the schemas below are for readers. @fastify/response-validation refuses to start with
 * their headers, and would make a 500 of a reply that the app's own error handler writes.
 */
export const UNVALIDATED: { responseValidation: false } = { responseValidation: false }

/** The paths by default, whose operations need no more than a name. */
const DEFAULT_PATHS = { complete: '/payments/complete', redirect: '/payments/complete/mobile' }

/** No two operations of an app have one name: where an app registers a plugin again, the address tells them apart. */
function nameOf (tag: Tag, route: keyof typeof DEFAULT_PATHS, url: string): string {
  const address = url.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '')
  return url === DEFAULT_PATHS[route] ? `${tag}_${route}` : `${tag}_${route}_${address}`
}

/** The schema of the route that a page posts to. */
export const completeSchema = (tag: Tag, body: TSchema, url: string) => ({
  tags: [tag],
  operationId: nameOf(tag, 'complete', url),
  summary: 'Complete a payment',
  description: 'The page posts the payment after its checkout. It is looked up, compared with its order, and handed ' +
    'to the hook of the shop once. Other fields are allowed, and the hook sees them.',
  consumes: ['application/json', 'application/x-www-form-urlencoded'],
  body,
  response: completeReplies,
})

/** The schema of the route that a buyer returns to. */
export const redirectSchema = (tag: Tag, querystring: TSchema, url: string) => ({
  tags: [tag],
  operationId: nameOf(tag, 'redirect', url),
  summary: 'Return from the checkout',
  description: 'The buyer returns here, mostly on a phone. The payment is completed as a posted one is, and the ' +
    'buyer is sent on by its outcome. What the query says of success or failure is not believed.',
  querystring,
  response: redirectReplies,
})
