/** Conditions as Kubernetes' tools understand them, with honest transition times. */
export { changedConditions, conditionsFrom, type Condition, type ConditionInput } from './conditions.ts';
