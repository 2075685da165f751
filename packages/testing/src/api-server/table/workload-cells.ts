import { type Fields } from '../json.ts';
import { ageOf, humanDuration } from './age.ts';
import { count, labelsText, list, none, part, selectorText, text } from './look.ts';

type Cells = (object: Fields, now: number) => unknown[];

const name = (object: Fields): string => text(object, 'metadata', 'name');
const age = (object: Fields, now: number): string =>
  ageOf(part(object, 'metadata')['creationTimestamp'], now);
const containers = (template: Fields): [string, string] => {
  const all = list(template, 'spec', 'containers');
  return [all.map((each) => text(each, 'name')).join(','), all.map((each) => text(each, 'image')).join(',')];
};
const templateOf = (object: Fields): Fields => part(object, 'spec', 'template');
const selector = (object: Fields): string => selectorText(part(object, 'spec', 'selector'));

/** What kinds that make pods show, by plural and group. */
export const workloadCells: Readonly<Record<string, Cells>> = {
  'deployments.apps': (object, now) => [
    name(object),
    `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`,
    count(object, 'status', 'updatedReplicas'),
    count(object, 'status', 'availableReplicas'),
    age(object, now),
    ...containers(templateOf(object)),
    selector(object),
  ],
  'statefulsets.apps': (object, now) => [
    name(object),
    `${count(object, 'status', 'readyReplicas')}/${count(object, 'spec', 'replicas')}`,
    age(object, now),
    ...containers(templateOf(object)),
  ],
  'replicasets.apps': (object, now) => [
    name(object),
    count(object, 'spec', 'replicas'),
    count(object, 'status', 'replicas'),
    count(object, 'status', 'readyReplicas'),
    age(object, now),
    ...containers(templateOf(object)),
    selector(object),
  ],
  'daemonsets.apps': (object, now) => [
    name(object),
    count(object, 'status', 'desiredNumberScheduled'),
    count(object, 'status', 'currentNumberScheduled'),
    count(object, 'status', 'numberReady'),
    count(object, 'status', 'updatedNumberScheduled'),
    count(object, 'status', 'numberAvailable'),
    labelsText(part(object, 'spec', 'template', 'spec', 'nodeSelector')),
    age(object, now),
    ...containers(templateOf(object)),
    selector(object),
  ],
  'jobs.batch': (object, now) => {
    const [completions, parallelism] = [
      text(object, 'spec', 'completions'),
      count(object, 'spec', 'parallelism'),
    ];
    const wanted = completions || (parallelism > 1 ? `1 of ${parallelism}` : '1');
    return [
      name(object),
      jobStatus(object),
      `${count(object, 'status', 'succeeded')}/${wanted}`,
      jobDuration(object, now),
      age(object, now),
      ...containers(templateOf(object)),
      selector(object),
    ];
  },
  'cronjobs.batch': (object, now) => {
    const last = text(object, 'status', 'lastScheduleTime');
    return [
      name(object),
      text(object, 'spec', 'schedule'),
      text(object, 'spec', 'timeZone') || none,
      text(object, 'spec', 'suspend') === 'true' ? 'True' : 'False',
      list(object, 'status', 'active').length,
      last === '' ? none : ageOf(last, now),
      age(object, now),
      ...containers(part(object, 'spec', 'jobTemplate', 'spec', 'template')),
      selectorText(part(object, 'spec', 'jobTemplate', 'spec', 'selector')),
    ];
  },
  'poddisruptionbudgets.policy': (object, now) => [
    name(object),
    text(object, 'spec', 'minAvailable') || 'N/A',
    text(object, 'spec', 'maxUnavailable') || 'N/A',
    count(object, 'status', 'disruptionsAllowed'),
    age(object, now),
  ],
  'controllerrevisions.apps': (object, now) => {
    const owner = list(object, 'metadata', 'ownerReferences').find((each) => each['controller'] === true);
    const [group = ''] = text(owner, 'apiVersion').split('/');
    const kind = text(owner, 'kind').toLowerCase();
    return [
      name(object),
      owner ? `${kind}${group ? `.${group}` : ''}/${text(owner, 'name')}` : none,
      count(object, 'revision'),
      age(object, now),
    ];
  },
};

function jobStatus(job: Fields): string {
  const has = (type: string): boolean =>
    list(job, 'status', 'conditions').some((each) => each['type'] === type && each['status'] === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (text(job, 'metadata', 'deletionTimestamp') !== '') return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  if (has('FailureTarget')) return 'FailureTarget';
  return has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function jobDuration(job: Fields, now: number): string {
  const [started, ended] = [text(job, 'status', 'startTime'), text(job, 'status', 'completionTime')];
  if (started === '') return '';
  return humanDuration((ended === '' ? now : Date.parse(ended)) - Date.parse(started));
}
