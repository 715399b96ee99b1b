import { readFileSync } from 'node:fs'

const SCRIPT = 'text/javascript'
/** What the pages load, with its media type. */
const FILES = {
  'shop.css': 'text/css',
  'watch.js': SCRIPT,
  'pay.js': SCRIPT,
  'pay-v1.js': SCRIPT,
  'pay-v2.js': SCRIPT,
  'order.js': SCRIPT,
}

/** @param {import('fastify').FastifyInstance} app */
export function addFiles (app) {
  // Browsers ask for it by themselves.
  app.get('/favicon.ico', (_, reply) => reply.code(204).send())
  for (const [file, type] of Object.entries(FILES)) {
    const content = readFileSync(new URL(`public/${file}`, import.meta.url))
    app.get(`/${file}`, (_, reply) => reply.type(`${type}; charset=utf-8`).send(content))
  }
}
