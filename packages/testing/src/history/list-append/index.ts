/** List-append histories: what a run of multi-key transactions on keyed lists proves about isolation and loss. */
export { checkListAppend, type ListAppendOptions, type ListAppendVerdict } from './check.ts';
export { type Anomaly } from './anomaly.ts';
export { levels, rulesOut, type AnomalyName, type Level } from './levels.ts';
export { type ListAppendEvent, type MicroOp } from './transaction.ts';
