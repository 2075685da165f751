import { type Random } from '../src/clock/index.ts';
import {
  keyText,
  resourceText,
  type KubeClient,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '../src/client/index.ts';

/** What a writer changes: objects of one kind in one namespace, all labelled `app` x or y and `tier` gold or lead. */
export interface Field {
  resource: Resource;
  namespace: string;
  /** Objects that may exist. */
  names: number;
  /** A part of the object that differs from one write to the next. */
  content: (turn: number) => object;
}

/** Every state that was written since the last `forget`: `RESOURCE KEY` to resourceVersions, oldest first. */
export interface Writer {
  /** One change: an object is made, changed or deleted. */
  write(): Promise<void>;
  readonly written: ReadonlyMap<string, ReadonlySet<string>>;
  forget(): void;
  writes(): number;
}

export const writtenKey = (resource: Resource, key: ObjectKey): string =>
  `${resourceText(resource)} ${keyText(key)}`;

/** Changes objects past all faults, so that what the API server has is known to the last version. */
export function createWriter(client: KubeClient, fields: readonly Field[], random: Random): Writer {
  const alive = new Map<string, KubeObject>();
  const written = new Map<string, Set<string>>();
  let turn = 0;
  const one = <T>(choices: readonly T[]): T => choices[Math.floor(random.next() * choices.length)]!;

  return {
    written,
    writes: () => turn,
    forget: () => written.clear(),
    async write() {
      const { resource, namespace, names, content } = one(fields);
      const key = { namespace, name: `o-${Math.floor(random.next() * names)}` };
      const text = writtenKey(resource, key);
      const held = alive.get(text);
      turn++;
      const labels = { app: one(['x', 'y']), tier: one(['gold', 'lead']) };
      const note = (object: KubeObject): void => {
        const version = object.metadata?.resourceVersion ?? '';
        alive.set(text, object);
        const versions = written.get(text);
        if (versions) versions.add(version);
        else written.set(text, new Set([version]));
      };
      if (!held) {
        note(await client.create(resource, { metadata: { ...key, labels }, ...content(turn) }));
      } else if (random.next() < 0.15) {
        const { uid } = held.metadata ?? {};
        await client.delete(resource, key, uid ? { uid } : {});
        alive.delete(text);
      } else {
        note(await client.mergePatch(resource, key, { metadata: { labels }, ...content(turn) }));
      }
    },
  };
}
