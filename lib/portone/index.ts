export { fastifyPortone as default, fastifyPortone, type CompleteOptions, type Portone } from './plugin.js'
export { portoneOptions, PORTONE_WEBHOOK_ADDRESSES, type PortoneOptions } from './options.js'
export type { PortonePayment } from './payment.js'
