/** Registers with compare-and-set: whether a history can have come from one copy of the data. */
export { checkRegister, type RegisterOptions, type RegisterVerdict } from './check.ts';
export { type Content, type RegisterEvent, type RegisterFunction, type RegisterValue } from './register.ts';
