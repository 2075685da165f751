/** Conditions as Kubernetes' tools understand them, with honest transition times. */
export {
  changedConditions,
  conditionsFrom,
  mergeConditions,
  type Condition,
  type ConditionInput,
} from './conditions.ts';
export { checkCondition } from './check-condition.ts';
export {
  pausedCondition,
  readyFrom,
  reconcilingCondition,
  stalledCondition,
  type SummaryOptions,
} from './standard-conditions.ts';
export { kstatusOf, type Kstatus, type StatusObject } from './kstatus.ts';
