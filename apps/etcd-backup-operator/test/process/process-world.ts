import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfigFor } from '@stateful/testing';
import { openWriter } from '@stateful/etcd/testing';
import { startBackupWorld, type BackupWorld } from '../backup-world.ts';
import { buildProgram, type OperatorProcess, type ProgramName } from './start-operator.ts';

const mebibyte = 1024 * 1024;

export interface StartInput {
  /** Where it dies, as `killable-operator.ts` names places. */
  readonly killAt?: string;
  readonly together?: number;
  readonly isBlind?: boolean;
  readonly args?: readonly string[];
}

/** The world of backups with its API server on a port, and operators in processes of their own. */
export interface ProcessWorld extends BackupWorld {
  startProcess(input?: StartInput): OperatorProcess;
  /** Where a backup has been since the last start, in order. */
  placesOf(uid: string): string[];
}

/** `keyBytes`: what is stored in etcd; 12 MiB make three parts. */
export async function startProcessWorld(
  program: ProgramName,
  keyBytes = 12 * mebibyte,
): Promise<ProcessWorld> {
  const dir = mkdtempSync(join(tmpdir(), 'stateful-etcd-process-'));
  const built = await buildProgram(program);
  const world = await startBackupWorld();
  const listening = await world.server.listen();
  const kubeconfig = join(dir, 'kubeconfig');
  const places = join(dir, 'places');
  writeFileSync(kubeconfig, kubeconfigFor(listening.url));
  const writer = openWriter(world.etcd.endpoints[0]!);
  for (let index = 0; index < keyBytes / (mebibyte / 2); index++) {
    await writer.put(`key-${index}`, Buffer.alloc(mebibyte / 2, index));
  }
  writer.close();
  let processes = 0;
  return {
    ...world,
    startProcess({ killAt, together = 1, isBlind = false, args = [] } = {}) {
      writeFileSync(places, '');
      return built.start({
        kubeconfig,
        args: ['--no-leader-elect', `--identity=operator-${++processes}`, '--concurrency=32', ...args],
        env: {
          PLACES: places,
          ...(killAt === undefined ? {} : { KILL_AT: killAt, TOGETHER: String(together) }),
          ...(isBlind ? { BLIND: '1' } : {}),
        },
      });
    },
    placesOf: (uid) =>
      readFileSync(places, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(`${uid} `))
        .map((line) => line.slice(uid.length + 1)),
    async stop() {
      await listening.close();
      await world.stop();
      built.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
