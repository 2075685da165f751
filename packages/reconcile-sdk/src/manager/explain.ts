import { type Clock } from '../clock/index.ts';
import { keyText, type ObjectKey } from '../client/index.ts';
import { type KeyExplanation } from '../controller/index.ts';
import { describeError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import { formatPreview, type Preview } from '../plan/index.ts';
import { type ControllerHost } from './controller-host.ts';
import { type PlanController } from './plan-controller.ts';

/** Why a key ran, what it waits for, and what it would do next. */
export interface Explanation extends KeyExplanation {
  controller: string;
  object: string;
  isLeader: boolean;
  /** Absent where the controller has no plan or the object does not exist. */
  next?: Preview;
  /** Why `next` could not be told. */
  nextError?: string;
}

export interface ExplainOptions {
  hosts: readonly ControllerHost[];
  plans: ReadonlyMap<string, PlanController>;
  isLeader: () => boolean;
  log: Logger;
  /** Ends the reads of a preview. */
  signal: AbortSignal;
}

/** Undefined when there is no such controller. Nothing is written. */
export async function explain(
  controller: string,
  key: ObjectKey,
  { hosts, plans, isLeader, log, signal }: ExplainOptions,
): Promise<Explanation | undefined> {
  const host = hosts.find(({ definition }) => definition.name === controller);
  if (!host) return undefined;
  const explanation: Explanation = {
    controller,
    object: keyText(key),
    isLeader: isLeader(),
    ...host.controller.explain(key),
  };
  const attachment = host.attachment(key.cluster);
  const plan = plans.get(controller);
  if (!attachment || !plan) return explanation;
  try {
    const { cluster } = attachment;
    const store = attachment.store.bind(attachment);
    const next = await plan.preview(key, { cluster, client: cluster.client, store, signal, log });
    return { ...explanation, ...(next ? { next } : {}) };
  } catch (error) {
    return { ...explanation, nextError: describeError(error) };
  }
}

/** The same for people. */
export function formatExplanation(explanation: Explanation, clock: Clock): string {
  const since = (monotonic: number): string => `${((clock.monotonic() - monotonic) / 1000).toFixed(1)} s`;
  const lines = [`${explanation.controller} ${explanation.object}`];
  if (!explanation.isLeader) lines.push('  this process does not lead: another one works on it');
  if (explanation.working) lines.push('  is being worked on now');
  if (explanation.causes.length > 0) {
    const waited =
      explanation.readySince === undefined ? '' : `, waiting for ${since(explanation.readySince)}`;
    lines.push(`  is asked for by: ${explanation.causes.join('; ')}${waited}`);
  }
  if (explanation.holders.length > 0) lines.push(`  is held back by: ${explanation.holders.join('; ')}`);
  if (explanation.dueAt !== undefined) {
    const seconds = Math.max(0, (explanation.dueAt - clock.monotonic()) / 1000).toFixed(1);
    lines.push(`  will be looked at in ${seconds} s in any case`);
  }
  if (explanation.failures > 0) lines.push(`  has failed ${explanation.failures} times in a row`);
  lines.push('', 'last runs, newest first');
  if (explanation.runs.length === 0) lines.push('  none in this process');
  for (const run of explanation.runs) {
    lines.push(
      `  ${new Date(run.at).toISOString()}  ${run.outcome} after ${run.seconds.toFixed(3)} s  because: ${run.causes.join('; ')}`,
    );
    if (run.error) lines.push(`    ${run.error}`);
  }
  lines.push('', 'what it would do now');
  if (explanation.next) lines.push(formatPreview(explanation.next).replace(/^/gm, '  '));
  else lines.push(`  ${explanation.nextError ?? 'cannot be told: there is no such object, or no plan'}`);
  return `${lines.join('\n')}\n`;
}
