import { type Pod } from '@stateful/reconcile-sdk';
import { kinds } from '../kinds.ts';
import { controlledByThis } from '../meta.ts';
import { type Write } from '../writes.ts';
import { type LiveSet, type Template } from './set.ts';

/** The name of a claim of one pod. */
export const claimName = (template: string, set: LiveSet, ordinal: number): string =>
  `${template}-${set.metadata.name}-${ordinal}`;

/** The pod of an ordinal as a revision has it. */
export function podOf(set: LiveSet, revision: { name: string; template: Template }, ordinal: number): Write {
  const { template } = revision;
  const name = `${set.metadata.name}-${ordinal}`;
  const claims = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? '');
  const object: Pod = {
    metadata: {
      name,
      namespace: set.metadata.namespace!,
      labels: {
        ...template.metadata?.labels,
        'apps.kubernetes.io/pod-index': String(ordinal),
        'controller-revision-hash': revision.name,
        'statefulset.kubernetes.io/pod-name': name,
      },
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ...(template.metadata?.finalizers ? { finalizers: template.metadata.finalizers } : {}),
      generateName: `${set.metadata.name}-`,
      ownerReferences: [controlledByThis(set)],
    },
    spec: {
      ...template.spec!,
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      volumes: [
        ...claims.map((claim) => ({
          name: claim,
          persistentVolumeClaim: { claimName: claimName(claim, set, ordinal) },
        })),
        ...(template.spec?.volumes ?? []).filter((volume) => !claims.includes(volume.name)),
      ],
    },
  };
  return { verb: 'create', resource: kinds.pods, object };
}
