import { byId } from './console-dom.js'
import { send } from './console-send.js'

const switches = [...document.querySelectorAll('.switch')]
const isOn = (row) => row.querySelector('[role=switch]')
const fieldsOf = (row) => [...row.querySelectorAll('.fields [name]')]

let active = []

/** Shows what is switched on, whoever did it. */
export function showFaults (faults) {
  active = faults
  for (const row of switches) {
    const fault = active.find((one) => one.name === row.dataset.fault)
    isOn(row).checked = Boolean(fault)
    for (const input of fieldsOf(row)) if (fault && fault[input.name] !== undefined) input.value = fault[input.name]
  }
}

const valueOf = (input) => [input.name, input.type === 'number' ? Number(input.value) : input.value]

async function setFault (row) {
  const { fault: name, once } = row.dataset
  if (!isOn(row).checked) return send('DELETE', '/sandbox/faults/' + name)
  const api = byId('fault-api').value
  const fault = {
    name,
    ...Object.fromEntries(fieldsOf(row).map(valueOf)),
    ...(once === 'true' && { times: 1 }),
    ...(api && { api }),
  }
  // One that hits other calls, or another API, would go on beside this one.
  const hitsOthers = active.some((one) => one.name === name && (one.on !== fault.on || one.api !== fault.api))
  if (hitsOthers) await send('DELETE', '/sandbox/faults/' + name)
  return send('POST', '/sandbox/faults', fault)
}

export function listenToSwitches () {
  for (const row of switches) {
    isOn(row).addEventListener('change', () => setFault(row))
    for (const input of fieldsOf(row)) input.addEventListener('change', () => { if (isOn(row).checked) setFault(row) })
  }
  byId('calm').addEventListener('click', () => send('DELETE', '/sandbox/faults'))
}
