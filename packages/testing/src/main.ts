import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createSeededRandom, systemClock } from '@stateful/reconcile-sdk';
import { createApiServer } from './api-server/index.ts';

/** Serves the in-process API server for kubectl and Helm by hand, until it is interrupted. */
const usage = `usage: main.ts [--port PORT] [--kubeconfig FILE] [--requests]
  --port PORT        where to listen on the loopback address; default 8001, 0 for any that is free
  --kubeconfig FILE  write a kubeconfig for it
  --requests         print every request and its status
`;
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8001' },
      kubeconfig: { type: 'string' },
      requests: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port ${values.port} is no port: give a number from 0 to 65535`);
  }
  const server = createApiServer({
    clock: systemClock,
    random: createSeededRandom(1),
    ...(values.requests
      ? { onAnswer: ({ method, path }, status) => print(`${status} ${method} ${path}`) }
      : {}),
  });
  const listening = await server.listen(port);
  if (values.kubeconfig !== undefined) writeFileSync(values.kubeconfig, kubeconfig(listening.url));
  const how =
    values.kubeconfig === undefined ? `--server=${listening.url}` : `--kubeconfig=${values.kubeconfig}`;
  print(
    `An API server in this process listens on ${listening.url}; what it holds is gone when it ends (Ctrl-C).`,
  );
  print(`Try: kubectl ${how} get namespaces`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void listening.close().finally(() => process.exit(0)));
  }
}

/** YAML is a superset of JSON. */
const kubeconfig = (server: string): string =>
  `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'in-process',
      clusters: [{ name: 'in-process', cluster: { server } }],
      users: [{ name: 'in-process', user: {} }],
      contexts: [{ name: 'in-process', context: { cluster: 'in-process', user: 'in-process' } }],
    },
    undefined,
    2,
  )}\n`;

main().catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
