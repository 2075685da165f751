import { resources } from '@stateful/reconcile-sdk';
import { template } from '../../cluster.ts';
import { type Actor, type ControllerScenario } from '../stage.ts';

const { deployments, services } = resources;
const labels = { app: 'x' };
const make = ({ client, namespace }: Actor, spec: object = {}) =>
  client.create(deployments, {
    metadata: { namespace, name: 'd' },
    spec: { replicas: 3, selector: { matchLabels: labels }, template: template(), ...spec },
  });
const change = ({ client, namespace }: Actor, spec: object) =>
  client.mergePatch(deployments, { namespace, name: 'd' }, { spec });
const image = (name: string) => ({ template: template(name) });

/** What the Deployment and ReplicaSet controllers do. */
export const deploymentScenarios: readonly ControllerScenario[] = [
  {
    name: 'made, changed, and back again',
    async play(actor) {
      await make(actor);
      await actor.note('made');
      await actor.run();
      await actor.note('ready');
      await change(actor, image('example:2'));
      await actor.note('changed');
      for (let step = 1; step <= 3; step++) {
        await actor.run();
        await actor.note(`step ${step}`);
      }
      await change(actor, image('example:1'));
      await actor.note('back');
    },
  },
  {
    name: 'two more at once, and one less',
    async play(actor) {
      await make(actor, { replicas: 4, strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } } });
      await actor.settle();
      await actor.run();
      await actor.settle();
      await change(actor, image('example:2'));
      await actor.note('changed');
      await actor.run();
      await actor.note('step 1');
      await actor.run();
      await actor.note('step 2');
    },
  },
  {
    name: 'all anew',
    async play(actor) {
      await make(actor, { replicas: 2, strategy: { type: 'Recreate' } });
      await actor.settle();
      await actor.run();
      await actor.settle();
      await change(actor, image('example:2'));
      await actor.note('changed');
      await actor.run();
      await actor.note('ready');
    },
  },
  {
    name: 'a broken template is put right',
    async play(actor) {
      await make(actor, { replicas: 2 });
      await actor.settle();
      await actor.run();
      await actor.settle();
      await change(actor, image('broken'));
      await actor.note('broken');
      await change(actor, image('example:2'));
      await actor.note('put right');
      await actor.run();
      await actor.settle();
      await actor.run();
      await actor.note('ready');
    },
  },
  {
    name: 'held, scaled, and old ones forgotten',
    async play(actor) {
      await make(actor, { replicas: 1, revisionHistoryLimit: 0 });
      await actor.settle();
      await actor.run();
      await actor.settle();
      await change(actor, { paused: true, ...image('example:2') });
      await actor.note('held');
      await change(actor, { replicas: 3 });
      await actor.note('three, still held');
      await change(actor, { paused: false });
      for (let step = 0; step < 4; step++) {
        await actor.settle();
        await actor.run();
      }
      await actor.note('let go');
      await change(actor, { replicas: 0 });
      await actor.note('none');
    },
  },
  {
    name: 'a Service leads to the pods that are ready',
    async play(actor) {
      const { client, namespace } = actor;
      await client.create(services, {
        metadata: { namespace, name: 'v', labels: { of: 'v' } },
        spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
      });
      await actor.note('nobody');
      await make(actor, { replicas: 1 });
      await actor.settle();
      await actor.run();
      await actor.note('one');
      await actor.fail((await actor.podNames())[0] ?? '');
      await actor.note('not ready');
    },
  },
];
