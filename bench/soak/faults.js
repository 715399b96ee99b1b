/** Milliseconds that an approval comes late. */
export const LATE_MS = 200

/**
 * What goes wrong, all the time and with both APIs unless it says so.
 *
 * @type {import('fastify-iamport/sandbox').Fault[]}
 */
const FAULTS = [
  { name: 'lost_webhook', chance: 0.2 },
  { name: 'duplicate_webhook', chance: 0.2 },
  { name: 'late_webhook', ms: 150, chance: 0.1 },
  { name: 'reordered_webhook', chance: 0.1 },
  { name: 'replayed_webhook', ms: 100, chance: 0.05 },
  { name: 'error', status: 500, on: 'lookup', chance: 0.05 },
  { name: 'late_approval', ms: LATE_MS, chance: 0.05 },
  { name: 'wrong_signature', chance: 0.02 },
  // V1 redelivers nothing by default; V2 does, only sooner here than in a minute.
  { name: 'redelivered_webhook', everyMs: 80, chance: 0.5, api: 'v2' },
  { name: 'lost_answer', on: 'confirm', chance: 0.1, api: 'v2' },
]

/** What happens to cancellations of V2, until the reconciliation. @type {import('fastify-iamport/sandbox').Fault[]} */
const CANCEL_FAULTS = [
  { name: 'pending_cancel', chance: 0.5, api: 'v2' },
  { name: 'failed_cancel', chance: 0.1, api: 'v2' },
  { name: 'lost_answer', on: 'cancel', chance: 0.1, api: 'v2' },
  { name: 'refusal', type: 'PG_PROVIDER', on: 'cancel', chance: 0.05, api: 'v2' },
]

/** @typedef {import('fastify-iamport/sandbox').Sandbox} Sandbox */

/** @param {Sandbox} sandbox */
export function injectFaults (sandbox) {
  for (const fault of [...FAULTS, ...CANCEL_FAULTS]) sandbox.fault(fault)
}

/** From now on, a late approval looks like a failure before. @param {Sandbox} sandbox */
export function failBeforeLateApproval (sandbox) {
  sandbox.fault({ name: 'late_approval', ms: LATE_MS, chance: 0.05, status: 'failed' })
}

/** At night, cancellations work. @param {Sandbox} sandbox */
export function endCancelFaults (sandbox) {
  for (const { name } of CANCEL_FAULTS) sandbox.clearFaults(name)
}
