/** The pods that handle data, as Jobs: a restore drill, and the two steps in which a member's data is made and put in place. */
export { type DataPod, type StoredSnapshot } from './data-pod.ts';
export { type DataClaim } from './data-claim.ts';
export { drillJob, type DrillJobInput } from './drill-job.ts';
export { jobOutcome, type JobOutcome } from './job-outcome.ts';
export { materializeJob, type MaterializeJobInput } from './materialize-job.ts';
export { type RestoredMember } from './restore-command.ts';
export { swapJob, type SwapJobInput } from './swap-job.ts';
