import { copyJson, isFields, type Fields, type Stored } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';

function read(object: Fields, path: string | undefined): unknown {
  let value: unknown = object;
  for (const name of (path ?? '').split('.').filter(Boolean))
    value = isFields(value) ? value[name] : undefined;
  return value;
}

/** Kinds of a CRD hold it as text, built-in ones as a label selector. */
function selectorText(selector: unknown): string | undefined {
  if (typeof selector === 'string') return selector;
  if (!isFields(selector) || !isFields(selector['matchLabels'])) return undefined;
  const terms = Object.entries(selector['matchLabels']).map(([name, value]) => `${name}=${String(value)}`);
  return terms.sort().join(',');
}

/** The Scale that an object shows. */
export function scaleOf(object: Stored, scale: NonNullable<Kind['scale']>): Stored {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(read(object, scale.selector));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: { replicas: read(object, scale.replicas) ?? 0 },
    status: {
      replicas: read(object, scale.statusReplicas) ?? 0,
      ...(selector ? { selector } : {}),
    },
  };
}

/** The object with the number of replicas that a Scale asks for. */
export function withScale(object: Stored, wanted: Fields, scale: NonNullable<Kind['scale']>): Fields {
  const result: Fields = copyJson(object);
  const names = scale.replicas.split('.').filter(Boolean);
  let node = result;
  for (const name of names.slice(0, -1)) {
    if (!isFields(node[name])) node[name] = {};
    node = node[name] as Fields;
  }
  node[names.at(-1)!] = read(wanted, '.spec.replicas') ?? 0;
  return result;
}
