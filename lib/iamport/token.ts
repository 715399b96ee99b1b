import { monotonic, within, type Deadline } from '../concurrency/deadline.js'
import { TimeoutError } from '../errors.js'

/** Milliseconds: a token's lifetime if the provider's times are unusable. Documented: 30 minutes. */
const DEFAULT_LIFETIME_MS = 30 * 60_000
/**
 * Milliseconds before its expiry at which a token is renewed. The provider extends a token requested in its last
 * minute; before that it returns the same expiry again.
 */
const REFRESH_BEFORE_END_MS = 30_000

export interface IssuedToken {
  access_token: string
  /** UNIX seconds on the provider's clock. */
  now?: number | null
  /** UNIX seconds on the provider's clock. */
  expired_at?: number | null
}

/** Keeps the access token until shortly before its expiry. Concurrent callers share one request for it. */
interface TokenCache {
  /** The token, if there is one that has not expired. */
  current (): string | undefined
  /** Gets a new one. @throws as `issue` does; IAMPORT_TIMEOUT at the deadline, while the request goes on for others */
  renew (deadline: Deadline): Promise<string>
  /** Drops a refused token, unless there is a newer one. */
  drop (token: string): void
}

/** A token's lifetime: `expired_at - now`, both on the provider's clock, as ours may be wrong. */
function lifetimeMs ({ now, expired_at: expiredAt }: IssuedToken): number {
  const lifetime = typeof now === 'number' && typeof expiredAt === 'number' ? (expiredAt - now) * 1000 : NaN
  return lifetime > 0 ? lifetime : DEFAULT_LIFETIME_MS
}

/** @param clock in milliseconds; it must never go back */
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
