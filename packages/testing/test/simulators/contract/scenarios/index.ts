import { type ControllerScenario } from '../stage.ts';
import { deploymentScenarios } from './deployment.ts';
import { jobScenarios } from './job.ts';
import { statefulSetScenarios } from './stateful-set.ts';

/** By the file that holds what the real controllers did. */
export const scenarios: Readonly<Record<string, readonly ControllerScenario[]>> = {
  'stateful-set': statefulSetScenarios,
  deployment: deploymentScenarios,
  job: jobScenarios,
};
