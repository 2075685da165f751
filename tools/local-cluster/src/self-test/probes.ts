import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type NodeLayout } from '../native/layout.ts';
import { inNetns } from '../native/network.ts';
import { tryRun } from '../process/run.ts';

const environment = { NODE_OPTIONS: '' };
const inNode = (node: NodeLayout, script: string, ...args: readonly string[]): readonly string[] =>
  inNetns(node, process.execPath, '-e', script, ...args);

const receive = `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', () => process.exit(0));
  socket.bind(Number(process.argv[1]), () => console.log('listening'));
  setTimeout(() => process.exit(3), 4_000);`;
const send = `
  const socket = require('node:dgram').createSocket('udp4');
  const [port, address] = process.argv.slice(1);
  let left = 20;
  const next = () => (left-- > 0 ? socket.send('x', Number(port), address, () => setTimeout(next, 50)) : socket.close());
  next();`;
const probePort = '40123';

/** Whether one node's packets arrive at another. No answer is needed, so it tells the two directions apart. */
export async function packetsArrive(from: NodeLayout, to: NodeLayout): Promise<boolean> {
  const receiver = spawn('nsenter', inNode(to, receive, probePort), {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(receiver, 'exit');
  await once(receiver.stdout, 'data');
  await tryRun('nsenter', inNode(from, send, probePort, to.address), { env: environment });
  const [code] = (await exit) as [number | null];
  return code === 0;
}

const connect = `
  const [host, port] = process.argv.slice(1);
  const startedAt = performance.now();
  const socket = require('node:net').connect({ host, port: Number(port) }, () => {
    console.log(performance.now() - startedAt);
    process.exit(0);
  });
  socket.on('error', () => process.exit(3));
  setTimeout(() => process.exit(3), 3_000);`;

/** How long a connection from a node takes, in milliseconds; undefined when none comes about in 3 s. */
export async function connectTime(from: NodeLayout, host: string, port: number): Promise<number | undefined> {
  const { code, stdout } = await tryRun('nsenter', inNode(from, connect, host, String(port)), {
    env: environment,
  });
  return code === 0 ? Number(stdout) : undefined;
}
