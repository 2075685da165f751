import { resources } from '@stateful/reconcile-sdk';
import { template } from '../../cluster.ts';
import { type Actor, type ControllerScenario } from '../stage.ts';

const { jobs, pods } = resources;
const podTemplate = { ...template(), spec: { ...template().spec!, restartPolicy: 'Never' } };
const make = ({ client, namespace }: Actor, spec: object = {}) =>
  client.create(jobs, { metadata: { namespace, name: 'j' }, spec: { template: podTemplate, ...spec } });
const change = ({ client, namespace }: Actor, spec: object) =>
  client.mergePatch(jobs, { namespace, name: 'j' }, { spec });

/** What the Job controller does. */
export const jobScenarios: readonly ControllerScenario[] = [
  {
    name: 'three completions, two at a time',
    async play(actor) {
      await make(actor, { completions: 3, parallelism: 2 });
      await actor.note('made');
      await actor.run();
      await actor.note('running');
      await actor.end(0, ...(await actor.podNames()));
      await actor.note('two have ended well');
      await actor.end(0);
      await actor.note('the third');
    },
  },
  {
    name: 'fails at once where no failure is allowed',
    async play(actor) {
      await make(actor, { backoffLimit: 0, completions: 2, parallelism: 2 });
      await actor.settle();
      await actor.end(1, (await actor.podNames())[0] ?? '');
      await actor.note('one has failed');
    },
  },
  {
    name: 'suspended, resumed',
    async play(actor) {
      await make(actor, { suspend: true });
      await actor.note('made');
      await change(actor, { suspend: false });
      await actor.note('resumed');
      await change(actor, { suspend: true });
      await actor.note('suspended');
      await change(actor, { suspend: false });
      await actor.settle();
      await actor.end(0);
      await actor.note('done');
    },
  },
  {
    name: 'an index for each completion',
    async play(actor) {
      await make(actor, { completions: 3, parallelism: 3, completionMode: 'Indexed' });
      await actor.note('made');
      const first = (await actor.podNames()).filter((name) => !name.startsWith('j-1-'));
      await actor.end(0, ...first);
      await actor.note('0 and 2');
      await actor.end(0);
      await actor.note('all');
    },
  },
  {
    name: 'a policy ends it for one exit code, and does not count another',
    async play(actor) {
      const rules = [
        { action: 'Ignore', onExitCodes: { operator: 'In', values: [7] } },
        { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
      ];
      await make(actor, { backoffLimit: 3, completions: 2, parallelism: 2, podFailurePolicy: { rules } });
      await actor.settle();
      await actor.end(7, (await actor.podNames())[0] ?? '');
      await actor.note('not counted');
      const [next] = (await actor.client.list(pods, { namespace: actor.namespace })).items.filter(
        ({ status }) => status?.phase === 'Pending',
      );
      await actor.end(42, next?.metadata?.name ?? '');
      await actor.note('the end');
    },
  },
  {
    name: 'a deadline',
    async play(actor) {
      await make(actor, { activeDeadlineSeconds: 3 });
      await actor.settle();
      await actor.run();
      await actor.pass(4_000);
      await actor.note('over');
    },
  },
  {
    name: 'a time to live',
    async play(actor) {
      await make(actor, { ttlSecondsAfterFinished: 2 });
      await actor.settle();
      await actor.end(0);
      await actor.pass(4_000);
      await actor.note('over');
    },
  },
  {
    name: 'a pod that is deleted counts as failed',
    async play(actor) {
      await make(actor, { backoffLimit: 0 });
      await actor.settle();
      await actor.client.delete(pods, {
        namespace: actor.namespace,
        name: (await actor.podNames())[0] ?? '',
      });
      await actor.note('deleted');
    },
  },
];
