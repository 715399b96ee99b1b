import type { Recorded } from './history.js'
import type { PaymentRequest, SandboxPayment } from './payment.js'

/** A payment of V1, and what the sandbox alone knows of it. */
export interface Entry extends Recorded {
  generation: 'v1'
  payment: SandboxPayment
  request: PaymentRequest
}
