import { randomBytes } from 'node:crypto'
import { secondsOf, type Clock } from './clock.js'

/** Seconds: a token's life, as documented. */
const LIFETIME_SEC = 30 * 60
/** Seconds: a request for a token in this last part of its life ... */
const LAST_MINUTE_SEC = 60
/** ... extends it by 5 minutes, as documented. */
const EXTENSION_SEC = 5 * 60

export interface IssuedToken { access_token: string, now: number, expired_at: number }

/** The one token of this account: the same until it ends. */
export interface Tokens {
  issue (): IssuedToken
  accepts (token: string): boolean
  /** From now on the token is unknown, as after a restart at the provider's. */
  revoke (): void
}

export function createTokens (clock: Clock): Tokens {
  let token = ''
  let expiredAt = 0

  return {
    issue () {
      const now = secondsOf(clock())
      if (token === '' || now >= expiredAt) {
        token = randomBytes(20).toString('hex')
        expiredAt = now + LIFETIME_SEC
      } else if (expiredAt - now <= LAST_MINUTE_SEC) {
        expiredAt += EXTENSION_SEC
      }
      return { access_token: token, now, expired_at: expiredAt }
    },
    accepts: (offered) => offered !== '' && offered === token && secondsOf(clock()) < expiredAt,
    revoke () { token = '' },
  }
}
