/** The harness of the end-to-end suites: a cluster with the operator, load with a checker, failures made for real. */
export { prepare, type Environment } from './harness/environment.ts';
export { judge, type Observation, type Verdict } from './harness/history.ts';
