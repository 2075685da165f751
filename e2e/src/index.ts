/** The harness of the end-to-end suites: a cluster with the operator, load with a checker, failures made for real. */
export { prepare, type Environment } from './harness/environment.ts';
export { judgeLists, judgeRows } from './harness/history.ts';
