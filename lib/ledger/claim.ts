/**
 * What claiming a key came to: an earlier run is recorded, with its result as JSON, or the key is ours.
 * `hasWaited`: another run held the key when the claim began, and recorded nothing.
 */
export type Claim = { recorded: false, hasWaited: boolean } | { recorded: true, text: string | null }
