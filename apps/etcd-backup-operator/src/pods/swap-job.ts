import { type Job } from '@stateful/reconcile-sdk';
import { claimMounts, claimVolume, folderOf, type DataClaim } from './data-claim.ts';
import { agentContainer, dataJob, type DataPod } from './data-pod.ts';

export interface SwapJobInput extends DataPod, DataClaim {
  /** swap: the new data takes its place. back: the old does again, and what was made is deleted. forget: the old is deleted. */
  readonly verb: 'swap' | 'back' | 'forget';
}

/** Puts the data of one member in its place, or the old back. Nothing of the sort may run while etcd does. */
export function swapJob(input: SwapJobInput): Job {
  const { verb, opID } = input;
  const args = [
    'swap',
    ...(verb === 'swap' ? [] : [`--${verb}`]),
    `--data-dir=${folderOf(input)}`,
    `--op=${opID}`,
  ];
  return dataJob(
    input,
    {
      containers: [agentContainer(input, 'swap', args, { mounts: claimMounts })],
      volumes: [claimVolume(input)],
    },
    // The way back has to be found, however long it takes.
    verb === 'swap' ? { backoffLimit: 6, finalAnswers: true } : { backoffLimit: 1000, finalAnswers: false },
  );
}
