import { type Fields } from '../json.ts';
import { ageOf } from './age.ts';
import { count, list, none, part, text } from './look.ts';

/** What a pod shows: how many of its containers are ready, and why it is not further. */
export function podCells(pod: Fields, now: number): unknown[] {
  const inits = list(pod, 'status', 'initContainerStatuses');
  const statuses = list(pod, 'status', 'containerStatuses');
  const sidecars = new Set(
    list(pod, 'spec', 'initContainers')
      .filter((each) => each['restartPolicy'] === 'Always')
      .map((each) => each['name']),
  );
  const ready = [...inits.filter((each) => sidecars.has(each['name'])), ...statuses].filter(
    (each) => each['ready'] === true && part(each, 'state')['running'] !== undefined,
  );
  const total = list(pod, 'spec', 'containers').length + sidecars.size;
  const initReason = waitingInit(pod, inits, sidecars);
  const counted =
    initReason === undefined ? [...inits.filter((each) => sidecars.has(each['name'])), ...statuses] : inits;
  return [
    text(pod, 'metadata', 'name'),
    `${ready.length}/${total}`,
    reasonOf(pod, statuses, initReason),
    restarts(counted, now),
    ageOf(part(pod, 'metadata')['creationTimestamp'], now),
    text(pod, 'status', 'podIP') || none,
    text(pod, 'spec', 'nodeName') || none,
    text(pod, 'status', 'nominatedNodeName') || none,
    readinessGates(pod),
  ];
}

function readinessGates(pod: Fields): string {
  const gates = list(pod, 'spec', 'readinessGates').map((each) => text(each, 'conditionType'));
  if (gates.length === 0) return none;
  const met = list(pod, 'status', 'conditions').filter(
    (each) => gates.includes(text(each, 'type')) && each['status'] === 'True',
  );
  return `${met.length}/${gates.length}`;
}

function restarts(statuses: readonly Fields[], now: number): string {
  const total = statuses.reduce((sum, each) => sum + count(each, 'restartCount'), 0);
  const times = statuses.map((each) => text(each, 'lastState', 'terminated', 'finishedAt')).filter(Boolean);
  const last = times.sort().at(-1);
  return total > 0 && last !== undefined ? `${total} (${ageOf(last, now)} ago)` : String(total);
}

const ended = (terminated: Fields): string =>
  text(terminated, 'reason') ||
  (count(terminated, 'signal') === 0
    ? `ExitCode:${count(terminated, 'exitCode')}`
    : `Signal:${count(terminated, 'signal')}`);

/** Which init container is still in the way, and why. */
function waitingInit(
  pod: Fields,
  inits: readonly Fields[],
  sidecars: ReadonlySet<unknown>,
): string | undefined {
  for (const [index, status] of inits.entries()) {
    const { waiting, terminated } = part(status, 'state') as { waiting?: Fields; terminated?: Fields };
    if (terminated?.['exitCode'] === 0) continue;
    if (sidecars.has(status['name']) && status['started'] === true) continue;
    if (terminated) return `Init:${ended(terminated)}`;
    const why = text(waiting, 'reason');
    if (why !== '' && why !== 'PodInitializing') return `Init:${why}`;
    return `Init:${index}/${list(pod, 'spec', 'initContainers').length}`;
  }
  return undefined;
}

function reasonOf(pod: Fields, statuses: readonly Fields[], initReason: string | undefined): string {
  const { deletionTimestamp } = part(pod, 'metadata');
  const own = text(pod, 'status', 'reason');
  let reason = own || text(pod, 'status', 'phase');
  const conditions = list(pod, 'status', 'conditions');
  const gated = conditions.find(
    (each) => each['type'] === 'PodScheduled' && each['reason'] === 'SchedulingGated',
  );
  if (gated) reason = 'SchedulingGated';
  if (initReason !== undefined) reason = initReason;
  else {
    let isRunning = false;
    for (const status of [...statuses].reverse()) {
      const { waiting, terminated, running } = part(status, 'state');
      if (text(waiting, 'reason') !== '') reason = text(waiting, 'reason');
      else if (terminated !== undefined) reason = ended(terminated as Fields);
      else if (status['ready'] === true && running !== undefined) isRunning = true;
    }
    const isReady = conditions.some((each) => each['type'] === 'Ready' && each['status'] === 'True');
    if (reason === 'Completed' && isRunning) reason = isReady ? 'Running' : 'NotReady';
  }
  if (deletionTimestamp === undefined) return reason;
  return own === 'NodeLost' ? 'Unknown' : 'Terminating';
}
