import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What a cluster has put on the machine. Each act is written down before it is done, so that a run killed at
 * any moment can be undone. What is written down may therefore not exist; whoever undoes it must not mind.
 */
export type Act =
  | { readonly kind: 'cgroup'; readonly path: string }
  | { readonly kind: 'netns'; readonly name: string }
  | { readonly kind: 'link'; readonly name: string }
  /** A folder outside of the cluster's own that did not exist before. */
  | { readonly kind: 'directory'; readonly path: string }
  /** The mount on /run/netns that the first `ip netns add` on a machine makes. */
  | { readonly kind: 'netns-mount'; readonly path: string }
  /** A rule in the host's filter table, as arguments of iptables after -A or -D. */
  | { readonly kind: 'forward-rule'; readonly rule: readonly string[] }
  | {
      readonly kind: 'process';
      readonly name: string;
      readonly pid: number;
      /** Proof that the number still means the same process. */
      readonly startTime: string;
    };

export type Journal = { readonly record: (act: Act) => void };

export function openJournal(path: string): Journal {
  return {
    record: (act) => {
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, `${JSON.stringify(act)}\n`);
    },
  };
}

export const readJournal = (path: string): readonly Act[] =>
  existsSync(path) ? parseJournal(readFileSync(path, 'utf8')) : [];

/** The acts in the order in which they were recorded; a last line cut off by a kill was not acted on. */
export function parseJournal(text: string): readonly Act[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Act);
}

export function actsOf<K extends Act['kind']>(
  acts: readonly Act[],
  kind: K,
): readonly Extract<Act, { kind: K }>[] {
  return acts.filter((act): act is Extract<Act, { kind: K }> => act.kind === kind);
}
