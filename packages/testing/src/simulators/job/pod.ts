import { type Pod } from '@stateful/reconcile-sdk';
import { kinds } from '../kinds.ts';
import { controlledByThis } from '../meta.ts';
import { type Write } from '../writes.ts';
import { trackingFinalizer, type LiveJob } from './job.ts';

/** A pod of a Job; with an index where each completion has one. */
export function podOf(job: LiveJob, index: number | undefined): Write {
  const { template } = job.spec;
  const { name, namespace, uid } = job.metadata;
  const completion = 'batch.kubernetes.io/job-completion-index';
  const indexed = index === undefined ? {} : { [completion]: String(index) };
  const labels = {
    ...template.metadata?.labels,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
    ...indexed,
  };
  const annotations = { ...template.metadata?.annotations, ...indexed };
  const object: Pod = {
    metadata: {
      generateName: `${name}-${index === undefined ? '' : `${index}-`}`,
      namespace: namespace!,
      labels,
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      finalizers: [...(template.metadata?.finalizers ?? []), trackingFinalizer],
      ownerReferences: [controlledByThis(job)],
    },
    spec: { ...template.spec!, ...(index === undefined ? {} : { hostname: `${name}-${index}` }) },
  };
  return { verb: 'create', resource: kinds.pods, object };
}
