import { Type } from '@sinclair/typebox'
import { Completion } from '../completion/reply.js'

/** An error as Fastify replies it. */
export const ErrorReply = Type.Object({
  statusCode: Type.Number(),
  code: Type.Optional(Type.String()),
  error: Type.String(),
  message: Type.String(),
})

export const completionReplies = { 200: Completion, '4xx': ErrorReply, '5xx': ErrorReply }
