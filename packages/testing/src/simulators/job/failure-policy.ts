import { type LivePod } from '../kinds.ts';
import { type JobSpec } from './job.ts';

/** What a failed pod means to its Job. */
export interface Verdict {
  readonly action: 'Count' | 'Ignore' | 'FailJob' | 'FailIndex';
  readonly message: string;
}

/** The first rule of `podFailurePolicy` that fits; without one every failure counts. */
export function verdictOf(pod: LivePod, { podFailurePolicy }: JobSpec): Verdict {
  for (const [index, { action, onExitCodes, onPodConditions = [] }] of (
    podFailurePolicy?.rules ?? []
  ).entries()) {
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
    const container = [...containerStatuses, ...initContainerStatuses].find(({ name, state }) => {
      const code = state?.terminated?.exitCode;
      if (!onExitCodes || !code || (onExitCodes.containerName ?? name) !== name) return false;
      return onExitCodes.values.includes(code) === (onExitCodes.operator === 'In');
    });
    const { namespace = '', name } = pod.metadata;
    if (container) {
      const code = container.state?.terminated?.exitCode ?? 0;
      return {
        action: action as Verdict['action'],
        message: `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${code} matching ${action} rule at index ${index}`,
      };
    }
    const condition = onPodConditions.find((pattern) =>
      pod.status?.conditions?.some(
        ({ type, status }) => type === pattern.type && status === (pattern.status ?? 'True'),
      ),
    );
    if (condition) {
      return {
        action: action as Verdict['action'],
        message: `Pod ${namespace}/${name} has condition ${condition.type} matching ${action} rule at index ${index}`,
      };
    }
  }
  return { action: 'Count', message: '' };
}
