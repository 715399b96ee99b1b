import type { FastifyInstance } from 'fastify'

const LOOPBACK = /^(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i
const LOOPBACK_ADDRESS = /^(127\.|::1$|localhost$)/

export const isLoopback = (host: string): boolean => LOOPBACK_ADDRESS.test(host)

/**
 * While only this machine can connect, only names of this machine are answered: a page whose name was pointed at 127.0.0.1
 * (DNS rebinding) would otherwise read and operate the sandbox.
 */
export function guardHost (app: FastifyInstance, isOnLoopback: () => boolean, allowedHosts: readonly string[]): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!isOnLoopback()) return
    const host = (request.headers.host ?? '').replace(/:\d+$/, '')
    if (LOOPBACK.test(host) || allowedHosts.includes(host)) return
    return reply.code(403).send({ message: 'The sandbox listens on loopback and does not answer to this Host; allow it with allowedHosts (--allow-host)' })
  })
}

/**
 * For routes that change something without a token. A page of another site cannot send JSON without asking first, which is
 * never granted here; what browsers say of themselves is checked on top of it.
 */
export function guardCrossSite (scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request, reply) => {
    if (request.method === 'GET' || request.method === 'HEAD') return
    const site = request.headers['sec-fetch-site']
    const { origin, host } = request.headers
    const isForeign = (site !== undefined && site !== 'same-origin' && site !== 'none') ||
      (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    if (isForeign) return reply.code(403).send({ message: 'Another site may not operate the sandbox' })
  })
}
