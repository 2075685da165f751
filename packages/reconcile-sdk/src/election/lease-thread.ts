/**
 * The election's thread: an entry module that Node loads in a worker. It imports single modules, not the folders'
 * indexes, because a thread pays for its code a second time.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createKubeClient } from '../client/kube-client.ts';
import { createTransport } from '../client/transport.ts';
import { systemRandom } from '../clock/system-clock.ts';
import { createClientPort } from './client-port.ts';
import { createContest } from './contest.ts';
import { createLeaseBoard } from './lease-board.ts';
import { type Moment } from './lease-machine.ts';
import { machineClock } from './machine-clock.ts';
import {
  beatMs,
  leaseThreadRole,
  type LeaseOrder,
  type LeaseReport,
  type LeaseThreadData,
} from './thread-protocol.ts';

const data = workerData as LeaseThreadData | undefined;
if (data?.role === leaseThreadRole) runLeaseThread(data);

function runLeaseThread({
  board: buffer,
  config,
  userAgent,
  stalledAfterMs,
  ...data
}: LeaseThreadData): void {
  const board = createLeaseBoard(buffer);
  const tell = (report: LeaseReport): void => parentPort?.postMessage(report);
  const transport = createTransport({ config, clock: machineClock, random: systemRandom, userAgent });
  const client = createKubeClient({ transport, fieldManager: userAgent });

  const mainLoop = (): Moment['mainLoop'] => {
    const silentMs = machineClock.monotonic() - board.lastBeat();
    if (silentMs > stalledAfterMs) return 'stalled';
    return silentMs > 3 * beatMs ? 'busy' : 'responsive';
  };
  const { stand } = createContest({
    ...data,
    board,
    clock: machineClock,
    random: systemRandom,
    mainLoop,
    tell,
    port: createClientPort(client, data.lease),
  });

  let giveUp = new AbortController();
  parentPort?.on('message', (order: LeaseOrder) => {
    if (order.do === 'give-up') return giveUp.abort();
    giveUp = new AbortController();
    void stand(giveUp.signal).then((end) => tell({ kind: 'over', end }));
  });
}
