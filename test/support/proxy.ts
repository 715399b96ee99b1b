import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A TCP proxy between an application and its database that can lose what passes through it. */
export interface Proxy {
  port: number
  /** Drops all data in both directions; the connections stay open. */
  freeze (): void
  thaw (): void
  /** Closes the client's connection that sends `text` next: before the server receives it, or when it answers. */
  cutAt (text: string, when: 'before' | 'after'): void
  close (): Promise<void>
}

export async function openProxy (target: { port: number, host: string }): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let isFrozen = false
  let cut: { text: string, when: 'before' | 'after' } | undefined

  const server = createServer((client) => {
    const upstream = connect(target)
    let isCut = false
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.on('data', (chunk) => {
        if (isFrozen) return
        if (from === client && cut && chunk.includes(cut.text)) {
          isCut = true
          if (cut.when === 'before') client.destroy()
          cut = undefined
        } else if (from === upstream && isCut) {
          client.destroy()
        }
        if (!client.destroyed) to.write(chunk)
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    freeze () { isFrozen = true },
    thaw () { isFrozen = false },
    cutAt (text, when) { cut = { text, when } },
    async close () {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
