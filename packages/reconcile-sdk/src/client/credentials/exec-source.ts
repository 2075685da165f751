import { type Clock } from '../../clock/index.ts';
import { type ExecPlugin } from '../cluster-config.ts';
import { runExecPlugin, type ExecCredential } from './exec-plugin.ts';

/** Credentials of one plugin, shared by all who name it in the same words. */
export interface ExecSource {
  /** What is good now; runs the plugin when there is nothing, and beforehand, in the background, when it soon ends. */
  read(): Promise<ExecCredential>;
  /** The server refused `rejected`: runs the plugin, unless somebody already has. */
  renew(rejected: ExecCredential): Promise<ExecCredential>;
}

export type RunPlugin = (plugin: ExecPlugin) => Promise<ExecCredential>;

const earlyMs = 60_000;
/** A plugin that fails is not run for each call: it may be a login page that counts. */
const failureHoldMs = 5_000;

export function createExecSource(
  plugin: ExecPlugin,
  clock: Clock,
  run: RunPlugin = runExecPlugin,
): ExecSource {
  let held: ExecCredential | undefined;
  let running: Promise<ExecCredential> | undefined;
  let failed: { error: Error; at: number } | undefined;

  const leftMs = (credential: ExecCredential): number =>
    credential.expiresAt === undefined ? Infinity : credential.expiresAt - clock.now();
  const isHeldBack = (): boolean => failed !== undefined && clock.monotonic() - failed.at < failureHoldMs;

  function start(): Promise<ExecCredential> {
    if (running) return running;
    if (failed && isHeldBack()) return Promise.reject(failed.error);
    running = run(plugin).then(
      (credential) => {
        failed = undefined;
        running = undefined;
        return (held = credential);
      },
      (error: Error) => {
        failed = { error, at: clock.monotonic() };
        running = undefined;
        throw error;
      },
    );
    return running;
  }

  return {
    read() {
      if (!held || leftMs(held) <= 0) return start();
      // One still good: whoever comes early does not wait, and a failure is theirs who come when it has ended.
      if (leftMs(held) <= earlyMs && !isHeldBack()) void start().catch(() => undefined);
      return Promise.resolve(held);
    },
    renew(rejected) {
      return held && held !== rejected ? Promise.resolve(held) : start();
    },
  };
}

/** Sources by the plugin's full words and environment, so that two clusters of one cloud account log in once. */
const sources = new WeakMap<Clock, Map<string, ExecSource>>();

export function sharedExecSource(plugin: ExecPlugin, clock: Clock): ExecSource {
  const known = sources.get(clock) ?? new Map<string, ExecSource>();
  sources.set(clock, known);
  const words = JSON.stringify([
    plugin.apiVersion,
    plugin.command,
    plugin.args,
    Object.entries(plugin.environment).sort(([a], [b]) => (a < b ? -1 : 1)),
    plugin.cluster ?? null,
  ]);
  const source = known.get(words) ?? createExecSource(plugin, clock);
  known.set(words, source);
  return source;
}
