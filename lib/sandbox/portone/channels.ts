/** A channel of the sandbox's store, as somebody would have made it in the provider's console. */
export interface Channel {
  key: string
  name: string
  type: 'LIVE' | 'TEST'
  pgProvider: string
  pgMerchantId: string
  /** Nothing is charged before the server confirms it (수동 승인). */
  isManual?: boolean
  /** Cancellations are requested, and end later, as documented for PayPal. */
  cancelsLater?: boolean
}

/** Named by the page instead of a channel. */
export interface ChannelGroup { id: string, name: string, isForTest: boolean, channelKey: string }

const LIVE = { type: 'LIVE', pgProvider: 'INICIS_V2', pgMerchantId: 'MOIsandbox' } as const
const TEST = { type: 'TEST', pgProvider: 'INICIS_V2', pgMerchantId: 'INIpayTest' } as const

/** The first is what payments go through that name none. */
export const CHANNELS: readonly [Channel, ...Channel[]] = [
  { key: 'channel-key-live', name: '실연동', ...LIVE },
  { key: 'channel-key-test', name: '테스트', ...TEST },
  { key: 'channel-key-manual', name: '실연동 (수동 승인)', ...LIVE, isManual: true },
  { key: 'channel-key-manual-test', name: '테스트 (수동 승인)', ...TEST, isManual: true },
  { key: 'channel-key-virtual-account', name: '실연동 (가상계좌)', ...LIVE, pgProvider: 'TOSSPAYMENTS' },
  { key: 'channel-key-kakaopay', name: '카카오페이', type: 'LIVE', pgProvider: 'KAKAOPAY', pgMerchantId: 'CFsandbox' },
  {
    key: 'channel-key-paypal',
    name: '페이팔',
    type: 'LIVE',
    pgProvider: 'PAYPAL_V2',
    pgMerchantId: 'sandbox',
    cancelsLater: true,
  },
]

export const CHANNEL_GROUPS: readonly ChannelGroup[] = [
  { id: 'channel-group-live', name: '실연동 그룹', isForTest: false, channelKey: 'channel-key-live' },
  { id: 'channel-group-test', name: '테스트 그룹', isForTest: true, channelKey: 'channel-key-test' },
]

export const CHANNEL_KEYS: readonly string[] = CHANNELS.map(({ key }) => key)

/** What a page chose: a channel, or a group and the channel it leads to. */
export interface Chosen { channel: Channel, channelGroup?: ChannelGroup }

const find = (key: string) => CHANNELS.find((one) => one.key === key)

/** `undefined`: there is none of that name. */
export function chooseChannel (channelKey: string | undefined, groupId: string | undefined): Chosen | undefined {
  if (channelKey === undefined && groupId !== undefined) {
    const channelGroup = CHANNEL_GROUPS.find(({ id }) => id === groupId)
    const channel = channelGroup && find(channelGroup.channelKey)
    return channel && { channel, channelGroup }
  }
  const channel = channelKey === undefined ? CHANNELS[0] : find(channelKey)
  return channel && { channel }
}

/** The test channel that works like this one. */
export function testChannelFor ({ channel }: Chosen): Chosen {
  if (channel.type === 'TEST') return { channel }
  const alike = CHANNELS.find((one) => one.type === 'TEST' && one.isManual === channel.isManual)
  return { channel: alike ?? { ...channel, type: 'TEST' } }
}
