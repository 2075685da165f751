import { resources } from '@stateful/reconcile-sdk';
import { template } from '../../cluster.ts';
import { type Actor, type ControllerScenario } from '../stage.ts';

const { statefulSets, pods } = resources;
const labels = { app: 'x' };

const make = ({ client, namespace }: Actor, spec: object = {}) =>
  client.create(statefulSets, {
    metadata: { namespace, name: 's' },
    spec: { replicas: 3, serviceName: 's', selector: { matchLabels: labels }, template: template(), ...spec },
  });
const change = ({ client, namespace }: Actor, spec: object) =>
  client.mergePatch(statefulSets, { namespace, name: 's' }, { spec });
const drop = ({ client, namespace }: Actor, name: string) => client.delete(pods, { namespace, name });
const claims = [
  {
    metadata: { name: 'data', labels: { of: 'data' } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
];
const image = (name: string) => ({ template: template(name) });

/** What the StatefulSet controller does. */
export const statefulSetScenarios: readonly ControllerScenario[] = [
  {
    name: 'in order: made one by one, taken away one by one',
    async play(actor) {
      await make(actor);
      await actor.note('made');
      await actor.run('s-0');
      await actor.note('s-0 is ready');
      await actor.run('s-1');
      await actor.run('s-1');
      await actor.note('s-1 is ready');
      await actor.run('s-2');
      await actor.note('s-2 is ready');
      await change(actor, { replicas: 1 });
      await actor.note('one is wanted');
    },
  },
  {
    name: 'in order: a pod that is not ready holds up those after it, also as the set shrinks',
    async play(actor) {
      await make(actor);
      await actor.settle();
      await actor.fail('s-0');
      await actor.note('s-0 is not ready');
      await change(actor, { replicas: 0 });
      await actor.note('none is wanted');
    },
  },
  {
    name: 'in parallel, with claims; a rolling update goes from the last to the first',
    async play(actor) {
      await make(actor, { podManagementPolicy: 'Parallel', volumeClaimTemplates: claims });
      await actor.note('made');
      await actor.run();
      await actor.note('all are ready');
      await change(actor, image('example:2'));
      await actor.note('changed');
      await actor.run();
      await actor.note('s-2 is ready');
      await actor.run();
      await actor.note('s-1 is ready');
      await actor.run();
      await actor.note('s-0 is ready');
      await change(actor, { replicas: 1 });
      await actor.note('one is wanted');
    },
  },
  {
    name: 'a partition keeps those below it',
    async play(actor) {
      await make(actor, {
        podManagementPolicy: 'Parallel',
        updateStrategy: { rollingUpdate: { partition: 2 } },
      });
      await actor.settle();
      await actor.run();
      await change(actor, image('example:2'));
      await actor.note('changed');
      await actor.run();
      await actor.note('s-2 is ready');
      await drop(actor, 's-0');
      await actor.note('s-0 was deleted');
      await actor.run();
      await change(actor, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } });
      await actor.note('no partition');
      await actor.run();
      await actor.settle();
      await actor.run();
      await actor.note('all are ready');
    },
  },
  {
    name: 'OnDelete: nothing happens until somebody deletes a pod',
    async play(actor) {
      await make(actor, { podManagementPolicy: 'Parallel', updateStrategy: { type: 'OnDelete' } });
      await actor.settle();
      await actor.run();
      await change(actor, image('example:2'));
      await actor.note('changed');
      await drop(actor, 's-1');
      await actor.settle();
      await actor.run();
      await actor.note('s-1 was deleted');
      await drop(actor, 's-0');
      await drop(actor, 's-2');
      await actor.settle();
      await actor.run();
      await actor.note('all were deleted');
    },
  },
  {
    name: 'a broken template blocks its own repair until the broken pod is deleted',
    async play(actor) {
      await make(actor, { replicas: 2 });
      await actor.settle();
      await actor.run();
      await actor.settle();
      await actor.run();
      await change(actor, image('broken'));
      await actor.note('broken');
      await change(actor, image('example:1'));
      await actor.note('put right');
      await drop(actor, 's-1');
      await actor.settle();
      await actor.run();
      await actor.note('the broken one was deleted');
      await change(actor, image('example:3'));
      await actor.settle();
      await actor.run();
      await actor.settle();
      await actor.run();
      await actor.note('a third');
    },
  },
  {
    name: 'a pod that has ended is made anew',
    async play(actor) {
      await make(actor, { replicas: 1 });
      await actor.settle();
      await actor.end(1, 's-0');
      await actor.note('ended');
      await actor.run();
      await actor.note('ready');
    },
  },
  {
    name: 'claims that go with their pods, or with the set',
    async play(actor) {
      await make(actor, {
        podManagementPolicy: 'Parallel',
        volumeClaimTemplates: claims,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
      });
      await actor.settle();
      await actor.run();
      await actor.note('made');
      await change(actor, { replicas: 1 });
      await actor.note('one is wanted');
      await change(actor, {
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      });
      await actor.note('they are to stay');
      await actor.client.delete(statefulSets, { namespace: actor.namespace, name: 's' });
      await actor.note('the set was deleted');
    },
  },
  {
    name: 'more than one at a time may be away',
    async play(actor) {
      await make(actor, {
        replicas: 4,
        podManagementPolicy: 'Parallel',
        updateStrategy: { rollingUpdate: { maxUnavailable: 2 } },
      });
      await actor.settle();
      await actor.run();
      await change(actor, image('example:2'));
      await actor.note('changed');
      await actor.run('s-3');
      await actor.note('s-3 is ready');
      await actor.run();
      await actor.note('s-2 is ready');
    },
  },
  {
    name: 'old revisions are forgotten, and one that comes back is taken up',
    async play(actor) {
      await make(actor, { replicas: 1, revisionHistoryLimit: 1 });
      for (const name of ['example:2', 'example:3', 'example:4', 'example:3']) {
        await actor.settle();
        await actor.run();
        await actor.settle();
        await change(actor, image(name));
      }
      await actor.settle();
      await actor.run();
      await actor.note('the third again');
    },
  },
];
