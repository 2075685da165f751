import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type KubeObject, type Pod } from '../client/index.ts';
import { createStore } from './store.ts';

const object = (name: string, resourceVersion: string, uid = `uid-${name}`, owner?: string): KubeObject => ({
  metadata: {
    namespace: 'ns',
    name,
    uid,
    resourceVersion,
    ...(owner ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Parent', name: 'p', uid: owner }] } : {}),
  },
});

describe('a store', () => {
  it('holds frozen objects and finds them by name and by owner', () => {
    const store = createStore();
    store.upsert(object('a', '1', 'u', 'parent'));
    const held = store.get('ns', 'a');
    expect(Object.isFrozen(held?.metadata?.ownerReferences?.[0])).toBe(true);
    expect(store.ownedBy('parent')).toEqual([held]);
    store.upsert(object('a', '2', 'u'));
    expect(store.ownedBy('parent')).toEqual([]);
  });

  it('does not go back to an older state, whatever the number of digits', () => {
    const store = createStore();
    store.upsert(object('a', '10'));
    expect(store.upsert(object('a', '9'))).toEqual([]);
    expect(store.get('ns', 'a')?.metadata?.resourceVersion).toBe('10');
  });

  it('takes every state of a server whose versions say nothing', () => {
    const store = createStore<Pod>();
    store.upsert({ ...object('a', ''), spec: { containers: [] } });
    expect(store.upsert({ ...object('a', ''), spec: { containers: [{ name: 'c' }] } })).toHaveLength(1);
  });

  it('tells a deletion that nobody saw: another UID under the same name', () => {
    const store = createStore();
    store.upsert(object('a', '1', 'old'));
    expect(store.upsert(object('a', '5', 'new')).map((change) => change.kind)).toEqual(['delete', 'upsert']);
  });

  it('does not let the late deletion of an older namesake remove the newer one', () => {
    const store = createStore();
    store.upsert(object('a', '5', 'new'));
    expect(store.remove(object('a', '4', 'old'))).toEqual([]);
    expect(store.size()).toBe(1);
  });

  it('becomes equal to a fresh list and tells the difference, and shows nothing of it before', () => {
    const store = createStore();
    store.upsert(object('gone', '1'));
    store.upsert(object('same', '2'));
    store.upsert(object('changed', '3'));
    const staged = [object('same', '2'), object('changed', '4'), object('made', '5')].map((each) =>
      store.stage(each),
    );
    expect(store.get('ns', 'made')).toBeUndefined();
    expect(store.replace(staged).map((change) => [change.kind, change.object.metadata?.name])).toEqual([
      ['delete', 'gone'],
      ['upsert', 'changed'],
      ['upsert', 'made'],
    ]);
  });

  it('sees other contents under the same version, as after a restore of the server', () => {
    const store = createStore<Pod>();
    store.upsert({ ...object('a', '7'), spec: { containers: [], nodeName: 'before' } });
    const restored: Pod = { ...object('a', '7'), spec: { containers: [], nodeName: 'after' } };
    expect(store.replace([store.stage(restored)])).toHaveLength(1);
    expect(store.get('ns', 'a')?.spec?.nodeName).toBe('after');
  });

  it('keeps of managedFields only what this manager applied', () => {
    const store = createStore({ keepFieldsOf: 'me' });
    const managed = object('a', '1');
    const ours = { manager: 'me', operation: 'Apply' };
    managed.metadata = {
      ...managed.metadata,
      managedFields: [
        ours,
        { manager: 'me', operation: 'Update' },
        { manager: 'me', operation: 'Apply', subresource: 'status' },
        { manager: 'kubelet', operation: 'Apply' },
      ],
    };
    store.upsert(managed);
    expect(store.get('ns', 'a')?.metadata?.managedFields).toEqual([ours]);
  });

  it('holds an object as it came when the transform throws or makes another object of it', () => {
    const faults: unknown[] = [];
    const store = createStore<Pod>({
      transform(pod) {
        if (pod.metadata?.name === 'bad') throw new Error('no');
        if (pod.metadata?.name === 'odd') return {};
        return { ...pod, spec: { containers: [] } };
      },
      onFault: (error) => faults.push(error),
    });
    const spec = { containers: [{ name: 'c' }] };
    for (const name of ['good', 'bad', 'odd']) store.upsert({ ...object(name, '1'), spec });
    expect(store.all().map((pod) => pod.spec?.containers.length)).toEqual([0, 1, 1]);
    expect(faults).toHaveLength(2);
  });

  it('finds by indexes that come and go, and survives one that throws', () => {
    const faults: unknown[] = [];
    const store = createStore<Pod>({ onFault: (error) => faults.push(error) });
    const onNode = (name: string, version: string, nodeName: string): Pod => ({
      ...object(name, version),
      spec: { containers: [], nodeName },
    });
    store.upsert(onNode('a', '1', 'n1'));
    const byNode = store.addIndex((pod) => [pod.spec!.nodeName!]);
    store.upsert(onNode('b', '2', 'n1'));
    store.upsert(onNode('a', '3', 'n2'));
    store.upsert(object('without', '4'));
    expect(byNode.find('n1').map((pod) => pod.metadata?.name)).toEqual(['b']);
    expect(byNode.find('n2').map((pod) => pod.metadata?.name)).toEqual(['a']);
    expect(faults).toHaveLength(1);
    store.removeIndex(byNode);
    store.upsert(onNode('c', '5', 'n1'));
    expect(byNode.find('n1')).toHaveLength(1);
  });

  it('shares what is equal between objects and counts bytes as if it did not', () => {
    const store = createStore<Pod>();
    const pod = (name: string): Pod => ({
      ...object(name, '1'),
      spec: { containers: [{ name: 'main', image: 'example:1' }], nodeName: name },
    });
    store.upsert(pod('a'));
    const one = store.bytes();
    store.upsert(pod('b'));
    expect(store.get('ns', 'b')?.spec?.containers).toBe(store.get('ns', 'a')?.spec?.containers);
    expect(store.get('ns', 'b')?.spec?.nodeName).toBe('b');
    expect(store.bytes()).toBe(2 * one);
    store.remove(pod('a'));
    store.remove(pod('b'));
    expect(store.bytes()).toBe(0);
  });

  it('holds exactly the JSON that came, whatever came before it', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 12 }), (values) => {
        const store = createStore<KubeObject>();
        values.forEach((value, index) => {
          const made = { ...object(`o-${index % 3}`, String(index + 1)), value };
          store.upsert(structuredClone(made));
          expect(JSON.stringify(store.get('ns', `o-${index % 3}`))).toBe(JSON.stringify(made));
        });
      }),
    );
  });
});
