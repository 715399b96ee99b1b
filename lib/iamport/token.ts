import { monotonic, within, type Deadline } from '../concurrency/deadline.js'
import { TimeoutError } from '../errors.js'

/** Milliseconds: a token's life where the provider's times make no sense. Documented: 30 minutes. */
const DEFAULT_LIFETIME_MS = 30 * 60_000
/**
 * Milliseconds before its end at which a token is asked for anew. The provider extends a token that is asked for in its last
 * minute; before that it would return the same end again.
 */
const REFRESH_BEFORE_END_MS = 30_000

export interface IssuedToken {
  access_token: string
  /** UNIX seconds on the provider's clock. */
  now?: number | null
  /** UNIX seconds on the provider's clock. */
  expired_at?: number | null
}

/** The access token: one request for any number of waiters, kept until shortly before its end. */
export interface TokenCache {
  /** The token, if there is one that still lives. */
  current (): string | undefined
  /** Waits for a new one. @throws as `issue` does; IAMPORT_TIMEOUT at the deadline, while the request goes on for others */
  renew (deadline: Deadline): Promise<string>
  /** Forgets this token, which was refused; a newer one stays. */
  drop (token: string): void
}

/** The life of a token: `expired_at - now`, both by the provider's clock, as ours may be off. */
function lifetimeMs ({ now, expired_at: expiredAt }: IssuedToken): number {
  const lifetime = typeof now === 'number' && typeof expiredAt === 'number' ? (expiredAt - now) * 1000 : NaN
  return lifetime > 0 ? lifetime : DEFAULT_LIFETIME_MS
}

/** @param clock milliseconds that never go back */
export function createTokenCache (issue: () => Promise<IssuedToken>, clock: () => number = monotonic): TokenCache {
  let token: string | undefined
  let renewAt = 0
  let pending: Promise<string> | undefined

  async function request (): Promise<string> {
    const sentAt = clock()
    const issued = await issue()
    const lifetime = lifetimeMs(issued)
    renewAt = sentAt + lifetime - Math.min(REFRESH_BEFORE_END_MS, lifetime / 10)
    token = issued.access_token
    return token
  }

  return {
    current: () => token !== undefined && clock() < renewAt ? token : undefined,
    renew (deadline) {
      pending ??= request().finally(() => { pending = undefined })
      return within(pending, deadline, () => new TimeoutError())
    },
    drop (refused) { if (token === refused) token = undefined },
  }
}
