/** What the processes of all operators share: their common flags, and a life from start to signal. */
export { addProcessOptions, processOptionsOf, splitNames, type ProcessOptions } from './process-options.ts';
export { runOperator, type OperatorParts } from './run-operator.ts';
