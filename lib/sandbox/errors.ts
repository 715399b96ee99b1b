import { createError } from '@fastify/error'

/** An option or an argument is unknown, missing or of the wrong type. */
export const InvalidArgumentError = createError<[message: string]>(
  'SANDBOX_INVALID_ARGUMENT',
  'fastify-iamport/sandbox: %s',
  400,
  TypeError as ErrorConstructor
)

/** The sandbox would have started in production. */
export const ProductionError = createError<[]>(
  'SANDBOX_IN_PRODUCTION',
  'The sandbox takes no money, and NODE_ENV is "production". To start it all the same, set allowProduction ' +
    '(--allow-production)',
  500
)

/** There is no such payment. */
export const UnknownPaymentError = createError<[]>('SANDBOX_UNKNOWN_PAYMENT', '존재하지 않는 결제정보입니다.', 404)

/** The provider would refuse this: the message says why, in Korean, as it reaches the merchant. */
export const RefusedError = createError<[message: string]>('SANDBOX_REFUSED', '%s', 409)
