/** Waits for what never comes, as for a connection that is never made, and nothing else keeps the process. */
export const ledger = () => new Promise(() => {})
