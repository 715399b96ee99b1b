import type { FastifyReply } from 'fastify'

/** The provider's envelope of a success. */
export const answer = (response: unknown) => ({ code: 0, message: null, response })

/** A refusal in the envelope. `code` 1 with HTTP 200 is how the provider refuses a cancellation. */
export const refuse = (reply: FastifyReply, status: number, message: string, code = status === 200 ? 1 : -1) =>
  reply.code(status).send({ code, message, response: null })
