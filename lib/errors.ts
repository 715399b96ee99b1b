import createError from '@fastify/error'

/*
 * Every way in which a notification can stay undecided. One code, one meaning; the status is the one that the routes
 * answer with. Match `code`, never `message`. What went wrong underneath is in `cause`.
 */

/** An option is unknown, missing or of the wrong type. Thrown at registration; names the option, never its value. */
export const InvalidOptionsError = createError<[string]>('IAMPORT_INVALID_OPTIONS', 'fastify-iamport: %s', 500, TypeError)

/** An argument or a field of a request is not what it must be. Fastify's own code, so that it reads like any refused input. */
export const ValidationError = createError<[string]>('FST_ERR_VALIDATION', '%s', 400)

/** The provider knows no such payment. */
export const PaymentNotFoundError = createError('IAMPORT_PAYMENT_NOT_FOUND', 'Iamport knows no such payment', 404)

/** The `merchant_uid` of the notification is not the payment's. */
export const OrderMismatchError = createError('IAMPORT_ORDER_MISMATCH', 'The payment belongs to another order', 409)

/** A webhook or confirmation came from an address outside `allowedAddresses`. */
export const ForbiddenError = createError('IAMPORT_FORBIDDEN', 'This address may not send notifications', 403)

/** A hook of the merchant threw, or returned what it may not. Nothing was recorded; the next notification runs it again. */
export const HookFailedError = createError('IAMPORT_HOOK_FAILED', 'The payment could not be processed', 500)

/** The provider answered something unusable. */
export const BadGatewayError = createError<[string]>('IAMPORT_BAD_GATEWAY', 'Iamport gave an unusable answer: %s', 502)

/** The provider refused the API key and secret, or a token that it had just issued. */
export const UnauthorizedError = createError('IAMPORT_UNAUTHORIZED', 'Iamport refused the API key or secret', 502)

/** The provider could not be reached, lost the connection, or went on answering 5xx or 429. */
export const UnavailableError = createError<[string]>('IAMPORT_UNAVAILABLE', 'Not available at the moment: %s', 503)

/** The last try was not answered within `timeoutMs`, or the budget ran out. */
export const TimeoutError = createError('IAMPORT_TIMEOUT', 'Iamport did not answer in time', 504)

/** Somebody else has been working on this payment for longer than we may wait. */
export const BusyError = createError('IAMPORT_BUSY', 'This payment is being processed elsewhere', 503)
