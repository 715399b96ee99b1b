export { IAMPORT, IamportModule, InjectIamport, type IamportModuleOptions } from './iamport-module.js'
export { InjectPortOne, PORTONE, PortOneModule, type PortOneModuleOptions } from './portone-module.js'
export type { AsyncOptions } from './create-module.js'
export { ExpectedAmount, OnCancel, OnConfirm, OnFail, OnPaid, OnVbank, type Api } from './handlers.js'
