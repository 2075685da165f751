/** Histories of honest stores and of stores with one planted fault: the negative control of every checker. */
export { type Chance } from './interleave.ts';
export { simulateListAppend, type ListAppendSimulation, type SimulatedHistory } from './list-append.ts';
export { listFaults, type ListFault } from './list-faults.ts';
export { registerFaults, simulateRegister, type RegisterFault, type RegisterSimulation } from './register.ts';
export { setFaults, simulateUniqueSet, type SetFault, type SetSimulation } from './unique-set.ts';
