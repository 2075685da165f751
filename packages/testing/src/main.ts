import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createSeededRandom, systemClock } from '@stateful/reconcile-sdk';
import { createApiServer, kubeconfigFor } from './api-server/index.ts';
import { runSimulators } from './simulators/index.ts';

/** Serves the in-process API server, with its simulated workloads, for kubectl and Helm by hand, until interrupted. */
const usage = `usage: main.ts [--port PORT] [--kubeconfig FILE] [--bare] [--requests]
  --port PORT        where to listen on the loopback address; default 8001, 0 for any that is free
  --kubeconfig FILE  write a kubeconfig for it
  --bare             the API alone: no Deployment makes pods, and no pod runs
  --requests         print every request of a client and its status
`;
const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8001' },
      kubeconfig: { type: 'string' },
      bare: { type: 'boolean', default: false },
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
    // What the simulators ask comes from no program.
    onAnswer: ({ method, path, userAgent }, status) => {
      if (values.requests && userAgent !== undefined) print(`${status} ${method} ${path}`);
    },
  });
  const simulation = values.bare ? undefined : runSimulators(server, { clock: systemClock });
  const listening = await server.listen(port);
  if (values.kubeconfig !== undefined) writeFileSync(values.kubeconfig, kubeconfigFor(listening.url));
  const how =
    values.kubeconfig === undefined ? `--server=${listening.url}` : `--kubeconfig=${values.kubeconfig}`;
  print(
    `An API server in this process listens on ${listening.url}. What it holds is gone when it ends (Ctrl-C).`,
  );
  print(`Try: kubectl ${how} get namespaces`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      simulation?.stop();
      void listening.close().finally(() => process.exit(0));
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
