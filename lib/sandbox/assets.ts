import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { sendFile } from './html.js'

/** Read when the sandbox is made, not when it is imported; a few kilobytes. */
const read = (name: string) => readFileSync(new URL(`public/${name}`, import.meta.url), 'utf8')

const PAGE_FILES = [
  'checkout.css', 'checkout.js', 'console.css', 'console.js', 'console-actions.js', 'console-detail.js',
  'console-dom.js', 'console-faults.js', 'console-history.js', 'console-list.js', 'console-send.js', 'theme.css',
]

/** The provider's script and the files of our own pages. */
export function mountAssets (scope: FastifyInstance): void {
  const script = read('iamport.js')
  for (const path of ['/v1/iamport.js', '/js/:version']) {
    scope.get(path, async (_, reply) => {
      // Any shop's page loads the script, the one of a stricter page with `crossorigin` too.
      reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin')
      return sendFile(reply, script, 'javascript')
    })
  }
  // Browsers ask for it by themselves.
  scope.get('/favicon.ico', async (_, reply) => reply.code(204).send())
  for (const name of PAGE_FILES) {
    const body = read(name)
    const type = name.endsWith('.css') ? 'css' : 'javascript'
    scope.get(`/assets/${name}`, async (_, reply) => sendFile(reply, body, type))
  }
}
