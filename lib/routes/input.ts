import type { Static, TSchema } from '@sinclair/typebox'
import type { Deadline } from '../concurrency/deadline.js'
import type { Notification } from '../completion/notification.js'

/** How a provider's routes are grouped; the names of their operations begin with it. */
export type Tag = 'iamport' | 'portone'

/** What a notification says of itself. */
export type Named = Pick<Notification, 'id' | 'impUid' | 'merchantUid' | 'approval'>

/** How a provider's notifications name a payment. Nothing else of them is read. */
export interface Input<Schema extends TSchema> {
  tag: Tag
  schema: Schema
  /** @throws FST_ERR_VALIDATION what the schema cannot check */
  read (fields: Static<Schema>): Named
}

/** Likewise for a redirect, whose query may name the payment by its order alone. */
export interface RedirectInput<Schema extends TSchema> {
  tag: Tag
  schema: Schema
  /** What the query claims: the reply names it where there is no completion. Never throws. */
  claimed (query: Partial<Static<Schema>>): Pick<Notification, 'impUid' | 'merchantUid'>
  /** @throws FST_ERR_VALIDATION, and what a lookup throws */
  find (query: Static<Schema>, deadline: Deadline): Named | Promise<Named>
}
