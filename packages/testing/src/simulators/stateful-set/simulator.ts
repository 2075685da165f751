import { keyText } from '@stateful/reconcile-sdk';
import { type Simulator } from '../driver.ts';
import { kinds, storedAs } from '../kinds.ts';
import { type Objects } from '../objects.ts';
import { ownersAmong } from '../owners.ts';
import { stepSet } from './step.ts';
import { type LiveSet } from './set.ts';

/** The StatefulSet controller. */
export const statefulSetSimulator = (objects: Objects, maxUnavailable: boolean): Simulator => ({
  name: 'statefulset-controller',
  concerns(change) {
    if (change.of === storedAs(kinds.statefulSets)) return [change.key];
    // A claim that is gone at last is waited for by the pod of the set that its name tells.
    if (change.of === storedAs(kinds.persistentVolumeClaims)) {
      return objects
        .list(kinds.statefulSets, change.object.metadata.namespace)
        .filter((set) =>
          set.spec?.volumeClaimTemplates?.some((template) =>
            change.object.metadata.name.startsWith(`${template.metadata?.name ?? ''}-${set.metadata.name}-`),
          ),
        )
        .map(({ metadata }) => keyText(metadata));
    }
    return ownersAmong(change, 'StatefulSet', kinds.pods);
  },
  look({ namespace, name }, now) {
    const set = objects.get(kinds.statefulSets, namespace, name);
    if (!set?.spec) return { writes: [] };
    const { uid } = set.metadata;
    return stepSet(
      {
        set: set as LiveSet,
        pods: objects.controlledBy(kinds.pods, uid),
        history: objects.controlledBy(kinds.controllerRevisions, uid),
        maxUnavailable,
        claim: (claim) => objects.get(kinds.persistentVolumeClaims, namespace, claim),
      },
      now,
    );
  },
});
