import type { IncomingMessage } from 'node:http'

const PREFIX = '/portone'

/**
 * The address of a V2 call that came without the prefix. The provider's server SDK drops the path of its `baseUrl`, and
 * a plugin behind the dispatcher keeps the provider's own; V2's scheme of authorization tells such calls from V1's.
 */
export function addPrefix ({ url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>): string {
  const isV2 = /^PortOne(\s|$)/i.test(headers.authorization ?? '')
  return isV2 && !url.startsWith(`${PREFIX}/`) ? PREFIX + url : url
}
