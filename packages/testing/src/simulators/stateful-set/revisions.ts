import { equalJson } from '../../api-server/json.ts';
import { shortHash } from '../hash.ts';
import { kinds, type ControllerRevision, type Live } from '../kinds.ts';
import { controlledByThis } from '../meta.ts';
import { type Write } from '../writes.ts';
import { type LiveSet, type Template } from './set.ts';

/** The template that a set has now, and the one that it is coming from. */
export interface Revisions {
  readonly current: { readonly name: string; readonly template: Template };
  readonly update: { readonly name: string; readonly template: Template };
  readonly writes: readonly Write[];
}

interface Data {
  spec: { template: Template & { $patch: 'replace' } };
}

const dataOf = (template: Template): Data => ({ spec: { template: { ...template, $patch: 'replace' } } });

/** Writes down a template that is new, takes up one that was there before, and forgets the oldest. */
export function revisionsOf(set: LiveSet, history: readonly Live<ControllerRevision>[]): Revisions {
  const template = set.spec.template;
  const data = dataOf(template);
  const sorted = [...history].sort((a, b) => a.revision - b.revision);
  const newest = sorted.at(-1);
  const same = sorted.findLast((each) => equalJson(each.data, data));
  const next = (newest?.revision ?? 0) + 1;
  const writes: Write[] = [];
  let update = same?.metadata.name;
  if (update === undefined) {
    const hash = shortHash(data);
    update = `${set.metadata.name}-${hash}`;
    writes.push({
      verb: 'create',
      resource: kinds.controllerRevisions,
      object: {
        metadata: {
          name: update,
          namespace: set.metadata.namespace,
          labels: { ...set.spec.template.metadata?.labels, 'controller.kubernetes.io/hash': hash },
          ownerReferences: [controlledByThis(set)],
        },
        data,
        revision: next,
      } as never,
    });
  } else if (same && same !== newest) {
    writes.push({
      verb: 'update',
      resource: kinds.controllerRevisions,
      object: { ...same, revision: next } as never,
    });
  }
  const current = sorted.find(({ metadata }) => metadata.name === set.status?.currentRevision);
  return {
    update: { name: update, template },
    current: current
      ? { name: current.metadata.name, template: (current.data as Data).spec.template }
      : { name: update, template },
    writes,
  };
}

/** Revisions that no pod has and that are beyond the limit go, the oldest first. */
export function truncated(
  set: LiveSet,
  history: readonly Live<ControllerRevision>[],
  used: ReadonlySet<string>,
): Write[] {
  const unused = history
    .filter(({ metadata }) => !used.has(metadata.name))
    .sort((a, b) => a.revision - b.revision);
  const surplus = unused.length - (set.spec.revisionHistoryLimit ?? 10);
  return unused
    .slice(0, Math.max(0, surplus))
    .map((object) => ({ verb: 'delete', resource: kinds.controllerRevisions, object }));
}
