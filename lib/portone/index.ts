export { fastifyPortone as default, fastifyPortone, type CompleteOptions, type Portone } from './plugin.js'
export { portoneOptions, PORTONE_WEBHOOK_ADDRESSES, type PortoneOptions, type PortonePriced } from './options.js'
export type {
  PortoneBillingKeyPayment, PortoneCancel, PortoneClient, PortoneListPayments, PortonePreRegister, PortoneRequest,
  PortoneStatus, Write,
} from './api.js'
export type { PortonePayment } from './payment.js'
export type {
  PortoneAmount, PortoneCancellation, PortoneChannel, PortoneMethod, PortoneWirePayment,
} from './wire-payment.js'
