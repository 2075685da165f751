import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operatorBundle } from '@stateful/images';
import { canRunControlPlane, firstStartTimeoutMs } from '@stateful/local-cluster';
import { startPlane, type Plane } from './plane.ts';

/** What an operator may cost. The figures are printed; docs/measurements.md has those of a quiet machine. */
const budgets = { loadMs: 300, coldStartMs: 1_000, residentMb: 80 };

const isPossible = await canRunControlPlane('The budgets');

interface Running {
  process: ChildProcess;
  /** Milliseconds from the start of the process until a line with this message. */
  said(message: string): Promise<number>;
}

(isPossible ? describe : describe.skip)('the bundle of the operator', () => {
  let world: Plane;
  const folder = mkdtempSync(join(tmpdir(), 'operator-budgets-'));
  const started: ChildProcess[] = [];
  const figures: string[] = [];

  beforeAll(async () => {
    for (const { name, contents } of await operatorBundle('postgres-operator')) {
      writeFileSync(join(folder, name), contents);
    }
    world = await startPlane();
  }, firstStartTimeoutMs);
  afterAll(async () => {
    for (const each of started) each.kill('SIGKILL');
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
    process.stderr.write(`${figures.join('\n')}\n`);
  });

  function start(): Running {
    const began = performance.now();
    const child = spawn(
      process.execPath,
      [
        ...nodeFlags(),
        join(folder, 'operator.mjs'),
        `--kubeconfig=${world.operatorKubeconfig}`,
        '--namespace=default',
        '--metrics-address=127.0.0.1:0',
        '--probes-address=127.0.0.1:0',
        '--debug-address=127.0.0.1:0',
      ],
      // As in its image.
      { env: { MALLOC_ARENA_MAX: '2', NODE_ENV: 'production' }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    started.push(child);
    const at = new Map<string, number>();
    const waiting = new Map<string, (ms: number) => void>();
    createInterface(child.stdout).on('line', (line) => {
      const { msg } = JSON.parse(line) as { msg: string };
      if (at.has(msg)) return;
      at.set(msg, performance.now() - began);
      waiting.get(msg)?.(at.get(msg)!);
    });
    return {
      process: child,
      said: (message) =>
        new Promise((resolve, reject) => {
          const known = at.get(message);
          if (known !== undefined) return resolve(known);
          waiting.set(message, resolve);
          child.once('exit', (code) => reject(new Error(`the operator ended with code ${code}`)));
        }),
    };
  }

  it(`loads within ${budgets.loadMs} ms`, async () => {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      // Told to use a file that does not exist it loads, says so and ends.
      const code = `
        process.argv = ['node', 'operator', '--kubeconfig=/nowhere'];
        const began = performance.now();
        await import(${JSON.stringify(join(folder, 'operator.mjs'))});
        process.stderr.write(String(performance.now() - began));
        process.exit(0);`;
      times.push(
        await new Promise<number>((resolve, reject) => {
          const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
            env: { NODE_ENV: 'production' },
            stdio: ['ignore', 'ignore', 'pipe'],
          });
          let text = '';
          child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
          child.once('close', () => (Number(text) > 0 ? resolve(Number(text)) : reject(new Error(text))));
        }),
      );
    }
    const best = Math.min(...times);
    figures.push(`bundle loads in ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    expect(best).toBeLessThan(budgets.loadMs);
  }, 30_000);

  it(`works within ${budgets.coldStartMs} ms and stays below ${budgets.residentMb} MB`, async () => {
    const operator = start();
    const working = await operator.said('caches are full; working');
    figures.push(`cold start to full caches, process start and list included: ${working.toFixed(0)} ms`);
    expect(working).toBeLessThan(budgets.coldStartMs);
    const peaks: number[] = [];
    // Long enough for the garbage of the start to go; the figure is the last one, not the best.
    for (let second = 0; second < 20; second++) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      peaks.push(residentMb(operator.process.pid!));
    }
    figures.push(`resident, second by second: ${peaks.map((mb) => mb.toFixed(0)).join(' ')} MB`);
    expect(peaks.at(-1)).toBeLessThan(budgets.residentMb);
  }, 60_000);
});

/** Those of the image's entry point. */
function nodeFlags(): string[] {
  const dockerfile = join(import.meta.dirname, '../../../images/operator/Dockerfile');
  const entry = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(dockerfile, 'utf8'))?.[1];
  return (JSON.parse(entry ?? '[]') as string[]).slice(1, -1);
}

function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}
