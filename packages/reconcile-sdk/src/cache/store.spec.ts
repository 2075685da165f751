import { describe, expect, it } from '@jest/globals';
import { type KubeObject } from '../client/index.ts';
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
    expect(Object.isFrozen(held?.metadata)).toBe(true);
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

  it('becomes equal to a fresh list and tells the difference', () => {
    const store = createStore();
    store.upsert(object('gone', '1'));
    store.upsert(object('same', '2'));
    store.upsert(object('changed', '3'));
    const changes = store.replace([object('same', '2'), object('changed', '4'), object('made', '5')]);
    expect(changes.map((change) => [change.kind, change.object.metadata?.name])).toEqual([
      ['delete', 'gone'],
      ['upsert', 'changed'],
      ['upsert', 'made'],
    ]);
  });

  it('keeps only our own entry of managedFields', () => {
    const store = createStore({ keepFieldsOf: 'me' });
    const managed = object('a', '1');
    managed.metadata = { ...managed.metadata, managedFields: [{ manager: 'me' }, { manager: 'kubelet' }] };
    store.upsert(managed);
    expect(store.get('ns', 'a')?.metadata?.managedFields).toEqual([{ manager: 'me' }]);
  });
});
