/** What can happen to an operator, as data: plans are printed, replayed from what is printed, drawn from a seed and shrunk. */
export { faultPlanText, type Fault, type FaultPlan, type Strike } from './fault.ts';
export { applyFaults, type StrikeContext } from './strike.ts';
export { withFailpoints, type Failpoint } from './failpoints.ts';
export { randomPlan, shrinkPlan } from './random-plan.ts';
