import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPodRunner, type PodRunner } from '@stateful/etcd/testing';
import { bundle, etcdBinary } from '@stateful/images';
import { type ApiServer } from '@stateful/testing';

/** The pods of drills and restores, and members of etcd, as processes: the agent as its image holds it, etcd's own programs. */
export async function runPods(server: ApiServer): Promise<PodRunner> {
  const etcd = await etcdBinary();
  const dir = mkdtempSync(join(tmpdir(), 'stateful-agent-'));
  const agent = join(dir, 'agent.mjs');
  const [program] = (await bundle({ entry: 'apps/etcd-backup-agent/src/main.ts', file: 'agent.mjs' })).filter(
    ({ name }) => name === 'agent.mjs',
  );
  writeFileSync(agent, program!.contents);
  const runner = startPodRunner(server, {
    commands: {
      etcd: [etcd],
      etcdctl: [etcd, 'etcdctl'],
      etcdutl: [etcd, 'etcdutl'],
      'node /opt/stateful/agent.mjs': [process.execPath, agent],
    },
  });
  return {
    ...runner,
    get before() {
      return runner.before;
    },
    set before(value) {
      runner.before = value;
    },
    async stop() {
      await runner.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
