import { type Clock } from '../clock/index.ts';
import { type Cluster } from '../cluster/index.ts';
import { parseKey, type Resource } from '../client/index.ts';
import {
  liveness,
  readiness,
  serve,
  type HttpAnswer,
  type HttpRequestFacts,
  type Route,
  type RunningServer,
} from '../health/index.ts';
import { type Metrics } from '../metrics/index.ts';
import { explain, formatExplanation, type ExplainOptions } from './explain.ts';
import { type Runnable } from './runnable.ts';

/** Ports that are listened on. */
export interface Ports {
  metrics?: number;
  probes?: number;
  debug?: number;
}

export interface ServerAddresses {
  metricsAddress?: string;
  probesAddress?: string;
  debugAddress?: string;
}

/** What the servers tell of. */
export interface Facts extends ExplainOptions {
  metrics: Metrics;
  home: Cluster;
  remotes: () => readonly Cluster[];
  runnables: readonly Runnable[];
  clock: Clock;
}

/** An explanation that reads the API server does not take longer than this. */
const explainTimeoutMs = 10_000;

export async function startServers(
  addresses: ServerAddresses,
  facts: Facts,
  ports: Ports,
): Promise<RunningServer[]> {
  const servers: RunningServer[] = [];
  const start = async (
    which: keyof Ports,
    address: string | undefined,
    routes: Record<string, Route>,
  ): Promise<void> => {
    if (!address) return;
    const server = await serve({ address, routes });
    ports[which] = server.port;
    servers.push(server);
  };
  try {
    await start('metrics', addresses.metricsAddress, { '/metrics': () => metricsAnswer(facts) });
    await start('probes', addresses.probesAddress, {
      '/healthz': () => alive(facts),
      '/readyz': () => ready(facts),
    });
    await start('debug', addresses.debugAddress, {
      '/explain': () => overview(facts),
      '/explain/*': (request) => explained(request, facts),
    });
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
  return servers;
}

async function metricsAnswer({ metrics: { registry } }: Facts): Promise<HttpAnswer> {
  return { status: 200, contentType: registry.contentType, body: await registry.metrics() };
}

const alive = ({ hosts }: Facts): HttpAnswer =>
  liveness({
    controllers: hosts.map(({ controller }) => ({
      name: controller.name,
      hanging: controller.hanging(),
      concurrency: controller.concurrency,
    })),
  });

const ready = ({ home, remotes, runnables }: Facts): HttpAnswer =>
  readiness({
    informers: home.informers
      .all()
      .flatMap((informer) =>
        informer
          .health()
          .map((part) => ({ ...part, followsReady: isConvertedHere(runnables, informer.resource) })),
      ),
    remote: remotes().flatMap(({ name, informers }) =>
      informers
        .all()
        .flatMap((informer) => informer.health())
        .map(({ name: watched, health }) => ({ name: `${watched} of cluster ${name}`, health })),
    ),
    others: runnables.flatMap((runnable) =>
      runnable.notReady ? [{ name: runnable.name, notReady: runnable.notReady() }] : [],
    ),
  });

const isConvertedHere = (runnables: readonly Runnable[], { group, plural }: Resource): boolean =>
  runnables.some(({ convertedHere = [] }) =>
    convertedHere.some((converted) => converted.group === group && converted.plural === plural),
  );

const overview = ({ hosts }: Facts): HttpAnswer => ({
  status: 200,
  body: `${hosts.map(({ controller }) => `/explain/${controller.name}/NAMESPACE/NAME`).join('\n')}\n`,
});

async function explained({ rest, query }: HttpRequestFacts, facts: Facts): Promise<HttpAnswer> {
  const slash = rest.indexOf('/');
  if (slash < 0) return overview(facts);
  const key = parseKey(rest.slice(slash + 1));
  const limit = new AbortController();
  const timer = facts.clock.setTimer(explainTimeoutMs, () =>
    limit.abort(new Error('the explanation took too long')),
  );
  const signal = AbortSignal.any([facts.signal, limit.signal]);
  const explanation = await explain(rest.slice(0, slash), key, { ...facts, signal }).finally(() =>
    timer.cancel(),
  );
  if (!explanation) return { status: 404, body: `there is no controller "${rest.slice(0, slash)}"\n` };
  return query.get('format') === 'json'
    ? { status: 200, contentType: 'application/json', body: `${JSON.stringify(explanation)}\n` }
    : { status: 200, body: formatExplanation(explanation, facts.clock) };
}
