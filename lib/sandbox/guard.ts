import { isIP } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const LOOPBACK_NAME = /^(localhost|([\w-]+\.)+localhost|127(\.\d{1,3}){3}|\[::1\])$/i
const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.|localhost$)/

export const isLoopback = (host: string): boolean => LOOPBACK_ADDRESS.test(host)

const isAddress = (hostname: string): boolean => isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0

/** Whether the sandbox may be called by that name, and may open its window for pages of that host; IPv6 in brackets. */
export type AcceptsHost = (hostname: string) => boolean

/**
 * Names of this machine and `allowedHosts`; addresses too where others on the network can connect. Any other name may
 * have been pointed here (DNS rebinding) by a page that would then read and operate the sandbox; an address cannot.
 */
export function createHostCheck (app: FastifyInstance, allowedHosts: readonly string[]): AcceptsHost {
  const allowed = new Set(allowedHosts.map((name) => name.toLowerCase()))
  let isOnLoopback: boolean | undefined

  return function acceptsHost (hostname) {
    if (isOnLoopback === undefined) {
      // In process no browser calls. Once it has listened it stays checked, also while it closes.
      if (!app.server.listening) return true
      isOnLoopback = app.addresses().every((bound) => typeof bound === 'string' || isLoopback(bound.address))
    }
    return LOOPBACK_NAME.test(hostname) || allowed.has(hostname.toLowerCase()) || (!isOnLoopback && isAddress(hostname))
  }
}

const forbid = (reply: FastifyReply, message: string) => reply.code(403).send({ message })

/** Answers to no name but those accepted. */
export function guardHost (app: FastifyInstance, acceptsHost: AcceptsHost): void {
  app.addHook('onRequest', async (request, reply) => {
    const name = (request.headers.host ?? '').replace(/:\d+$/, '')
    if (!acceptsHost(name)) {
      return forbid(reply, 'The sandbox does not answer to this Host; allow it with allowedHosts (--allow-host)')
    }
  })
}

/** The origin of an http(s) address. */
export function webOrigin (url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, origin } = new URL(url)
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined
}

const isOtherSite = (site: string | string[] | undefined) =>
  site !== undefined && site !== 'same-origin' && site !== 'none'

/**
 * The origin of the page that sent a POST, `null` where it is withheld or no web page's, `undefined` where no page sent
 * it: servers and tools say nothing of all this. Browsers send Origin with a POST, those from before 2020 Referer.
 */
function pageOf ({ headers }: FastifyRequest): string | null | undefined {
  const from = headers.origin ?? headers.referer
  if (from !== undefined) return webOrigin(from) ?? null
  return isOtherSite(headers['sec-fetch-site']) ? null : undefined
}

function isForeign (request: FastifyRequest): boolean {
  const { method, headers: { host, origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } } = request
  const isRead = method === 'GET' || method === 'HEAD'
  // A link may lead here from anywhere: the other page cannot read what it shows, and pages of ours cannot be framed.
  if (isRead && mode === 'navigate') return false
  if (isOtherSite(site)) return true
  if (isRead && origin === undefined) return false
  const page = pageOf(request)
  return page !== undefined && page !== `http://${host}` && page !== `https://${host}`
}

/**
 * For all that no other site's page has business with: answers servers, tools and the sandbox's own pages. Another
 * site's page cannot send JSON without a preflight, which is never granted; what browsers say is checked besides.
 */
export function guardCrossSite (scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request, reply) => {
    if (isForeign(request)) return forbid(reply, 'Another site may not operate the sandbox')
  })
}

/**
 * For the request that opens the window. It comes from another origin by its nature, and whoever opens a window says
 * where the sandbox posts to (`confirm_url`, `notice_url`): that must be a page of an accepted host.
 */
export function createOpenerCheck (acceptsHost: AcceptsHost) {
  const isAccepted = (origin: string) => acceptsHost(new URL(origin).hostname)
  const explain = (page: string | null) => page === null
    ? 'The window opens for a page of known origin alone, and this one came without ("Origin: null"); serve the page ' +
      'over HTTP, outside a sandboxed frame, and open the window by the script'
    : `The window does not open for pages of ${page}; allow its host with allowedHosts (--allow-host)`

  return {
    /** Before the body is read. The script may read the answer, so that it can say why there is no window. */
    async onRequest (request: FastifyRequest, reply: FastifyReply) {
      const page = pageOf(request)
      if (page === undefined) return
      if (page === null || !isAccepted(page)) return forbid(reply, explain(page))
      reply.header('access-control-allow-origin', page).header('vary', 'origin')
    },
    /** The page that the window opens for, the only one that may frame it. @param named its origin by the body */
    openerOf (request: FastifyRequest, named: string | undefined): { origin: string } | { problem: string } {
      if (named === undefined || !isAccepted(named)) return { problem: explain(named ?? null) }
      const page = pageOf(request)
      const isItself = page === undefined || page === named
      return isItself ? { origin: named } : { problem: 'The window opens for the page that asked for it alone' }
    },
  }
}
