import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { sendFile } from './html.js'

/** Read when the sandbox is made, not when it is imported; a few kilobytes. */
const read = (name: string) => readFileSync(resolve(import.meta.dirname, 'public', name), 'utf8')

const PAGE_FILES = [
  'checkout.css', 'checkout.js', 'console.css', 'console.js', 'console-actions.js', 'console-detail.js',
  'console-dom.js', 'console-faults.js', 'console-history.js', 'console-list.js', 'console-make.js', 'console-send.js',
  'theme.css',
]

/** The files of a script, one after the other: together they need no imports. */
const join = (...names: string[]) =>
  names.map((name) => read(name).replace(/^import .*\n/gm, '')).join('\n')

/** A script for a `<script>` element: its names are its own, and its address tells it where the sandbox is. */
const classic = (body: string, last = '') => `(function () {
'use strict'
const script = document.currentScript
const server = new URL(script && script.src ? script.src : location.href, location.href).origin
${body.replace(/^export /gm, '')}
${last}
})()
`

/** The same as a module. */
const asModule = (body: string, last: string) => `const server = new URL(import.meta.url).origin
${body}
${last}
`

/** The provider's scripts and the files of our own pages. */
export function mountAssets (scope: FastifyInstance): void {
  const iamport = classic(join('layer.js', 'iamport.js'))
  const portone = join('layer.js', 'portone.js')
  const scripts: [path: string, body: string][] = [
    ['/v1/iamport.js', iamport],
    ['/js/:version', iamport],
    ['/portone/v2/browser-sdk.js', classic(portone, 'window.PortOne = PortOne')],
    ['/portone/v2/browser-sdk.esm.js', asModule(portone, 'export default PortOne')],
  ]
  for (const [path, body] of scripts) {
    scope.get(path, async (_, reply: FastifyReply) => {
      // Any shop's page loads the script, the one of a stricter page with `crossorigin` too.
      reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin')
      return sendFile(reply, body, 'javascript')
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
