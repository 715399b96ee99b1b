import { SetMetadata } from '@nestjs/common'
import type { Payment } from '../completion/payment.js'
import type {
  CancelContext, ConfirmAttempt, Context, ExpectedAmount as Expected, Failure, Hooks, Priced,
} from '../hooks.js'
import type { PortonePayment } from '../portone/payment.js'

/** The two plugins: PortOne V1 and V2. */
export type Api = 'iamport' | 'portone'

/** The decorator of each hook. */
export const DECORATORS = {
  getExpectedAmount: 'ExpectedAmount',
  onPaid: 'OnPaid',
  onVbank: 'OnVbank',
  onFail: 'OnFail',
  onCancel: 'OnCancel',
  onConfirm: 'OnConfirm',
} satisfies Record<keyof Hooks, string>

/** Under which a method keeps for which plugins it handles the hook; for both, if it names none. */
export const metadataKey = (hook: keyof Hooks) => `fastify-iamport:${hook}`

/** Only for a method of that type or a wider one. Nest does not know the type of `tx`: the method says it. */
type HandlerDecorator<Handler> = <Method extends Handler>(
  target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<Method>
) => void

type Handles<Argument, Ctx, Result = unknown> = HandlerDecorator<(argument: Argument, context: Ctx) => Result>

/** What any `getExpectedAmount` has to bear: an attempt, of either plugin, that is not a payment yet. */
type Attempt = Exclude<Priced, Payment> & { portone?: undefined }

const decorateFor = (hook: keyof Hooks, apis: Api[]) => SetMetadata(metadataKey(hook), apis)

/** The method is `getExpectedAmount`: of `IamportModule` and `PortOneModule`, or of those that are named. */
export const ExpectedAmount = (...apis: Api[]): Handles<Attempt, Context<undefined>, Expected | Promise<Expected>> =>
  decorateFor('getExpectedAmount', apis)

/** The method is `onPaid`: of `IamportModule` and `PortOneModule`, or of those that are named. */
export const OnPaid = (...apis: Api[]): Handles<PortonePayment, Context<never>> => decorateFor('onPaid', apis)

/** The method is `onVbank`, likewise. */
export const OnVbank = (...apis: Api[]): Handles<PortonePayment, Context<never>> => decorateFor('onVbank', apis)

/** The method is `onFail`, likewise. */
export const OnFail = (...apis: Api[]): Handles<Failure<PortonePayment>, Context<never>> => decorateFor('onFail', apis)

/** The method is `onCancel`, likewise. */
export const OnCancel = (...apis: Api[]): Handles<PortonePayment, CancelContext<never>> => decorateFor('onCancel', apis)

/** The method is `onConfirm`, likewise. */
export const OnConfirm = (...apis: Api[]): Handles<ConfirmAttempt, Context<undefined>> =>
  decorateFor('onConfirm', apis)
