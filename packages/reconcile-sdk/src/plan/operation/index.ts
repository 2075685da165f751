/**
 * Long operations as sagas: an ordered list of steps as data, a pure machine that moves one record, and one request
 * at a time, made only after its intent is stored.
 */
export {
  operation,
  type Act,
  type OperationDefinition,
  type OperationReport,
  type StepCall,
  type StepContext,
  type StepDefinition,
  type WantedOperation,
} from './definition.ts';
export {
  hasEnded,
  type Json as JsonValue,
  type JsonObject,
  type OperationPhase,
  type OperationReason,
  type OperationRecord,
  type OperationStatus,
  type OperationSummary,
  type PlannedStep,
} from './record.ts';
export { nextOperation, type OperationDecision } from './next-operation.ts';
export { type OperationEffect, type OperationInput } from './move.ts';
export { operationConditions } from './conditions.ts';
export { externalCall, once, type ExternalCall } from './once.ts';
