import { describe, expect, it } from '@jest/globals';
import { defineResource, type KubeObject } from '../../client/index.ts';
import { OperatorError } from '../../errors/index.ts';
import { convertReview, converting, hubAndSpoke } from './webhook.ts';

interface Thing extends KubeObject {
  spec: Record<string, unknown>;
}
const hub = defineResource<Thing>('example.com', 'v1', 'Thing', 'things');
const thing = (
  version: string,
  spec: Record<string, unknown>,
  metadata: object = { name: 't', uid: 'u' },
): Thing => ({ apiVersion: `example.com/${version}`, kind: 'Thing', metadata, spec });
const convert = hubAndSpoke(hub, {
  v1beta1: {
    toHub: (object) => ({ ...object, spec: { size: Number((object as Thing).spec['count']) } }) as KubeObject,
    fromHub: (object) =>
      ({ ...object, spec: { count: String((object as Thing).spec['size']) } }) as KubeObject,
  },
  v1alpha1: {
    toHub: (object) => ({ ...object, spec: { size: (object as Thing).spec['n'] } }) as KubeObject,
    fromHub: (object) => ({ ...object, spec: { n: (object as Thing).spec['size'] } }) as KubeObject,
  },
});
const reported: unknown[] = [];
const hooks = { breathe: () => Promise.resolve(), report: (error: unknown) => void reported.push(error) };
const ask = (objects: KubeObject[], to: string, with_ = convert) =>
  convertReview(
    converting(hub, { convert: with_ }),
    { uid: 'r', desiredAPIVersion: `example.com/${to}`, objects },
    hooks,
  );

describe('conversion', () => {
  it('goes by way of the hub, from any version to any other, in order', async () => {
    const answer = await ask(
      [thing('v1beta1', { count: '3' }), thing('v1', { size: 4 }), thing('v1alpha1', { n: 5 })],
      'v1alpha1',
    );
    expect(answer).toEqual({
      uid: 'r',
      result: { status: 'Success' },
      convertedObjects: [
        thing('v1alpha1', { n: 3 }),
        thing('v1alpha1', { n: 4 }),
        thing('v1alpha1', { n: 5 }),
      ],
    });
    expect(await ask([], 'v1')).toMatchObject({ convertedObjects: [], result: { status: 'Success' } });
  });

  it('changes nothing of the metadata but labels and annotations', async () => {
    const metadata = { name: 't', uid: 'u', finalizers: ['x'], labels: { a: '1' }, annotations: { b: '2' } };
    const changing = (object: KubeObject): KubeObject => {
      object.metadata!.finalizers = [];
      object.metadata!.labels = { a: '9' };
      delete object.metadata!.annotations;
      return object;
    };
    const { convertedObjects } = await ask([thing('v1beta1', {}, metadata)], 'v1', changing);
    expect(convertedObjects[0]?.metadata).toEqual({
      name: 't',
      uid: 'u',
      finalizers: ['x'],
      labels: { a: '9' },
    });
    const bare = await ask([thing('v1beta1', {}, metadata)], 'v1', () => ({ spec: {} }) as KubeObject);
    expect(bare.convertedObjects[0]).toEqual(thing('v1', {}, metadata));
  });

  it('says which object could not be converted, and why', async () => {
    const messageOf = async (object: KubeObject, to: string, with_ = convert) => {
      const { result, convertedObjects } = await ask([thing('v1beta1', { count: '1' }), object], to, with_);
      expect(convertedObjects).toEqual([]);
      return result.status === 'Failure' ? result.message : '';
    };
    expect(await messageOf(thing('v3', {}, { namespace: 'n', name: 'odd' }), 'v1')).toBe(
      'cannot convert Thing n/odd from example.com/v3 to example.com/v1: no conversion for version v3 of Thing; known: v1, v1beta1, v1alpha1',
    );
    expect(await messageOf({ ...thing('v1beta1', {}), kind: 'Other' }, 'v1')).toContain(
      'converts Thing, not Other',
    );
    expect(
      await messageOf(thing('v1beta1', {}), 'v1', (object) => ({ ...object, metadata: { name: 'new' } })),
    ).toContain('the converter changed metadata.name');
    const leak = () => {
      throw new Error('cannot parse hunter2');
    };
    expect(await messageOf(thing('v1beta1', {}), 'v1', leak)).toMatch(
      /the conversion failed; see the operator log$/,
    );
    expect(reported.at(-1)).toBeInstanceOf(Error);
    expect(reported[0]).toBeInstanceOf(OperatorError);
    const foreign = await convertReview(
      converting(hub, { convert }),
      { uid: 'r', desiredAPIVersion: 'other.com/v1', objects: [thing('v1', {})] },
      hooks,
    );
    expect(foreign.result).toMatchObject({ status: 'Failure' });
  });
});
