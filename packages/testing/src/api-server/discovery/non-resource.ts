import { gitVersion } from '../data/built-in.ts';
import { type ApiAnswer, type ApiRequest } from '../exchange.ts';
import { type Fields } from '../json.ts';
import { createOpenApi } from '../openapi/answer.ts';
import { type KindRegistry } from '../server-state.ts';
import { discover, noPage } from './answer.ts';

/** Answers whatever is about the server and not about objects: what it serves, in which version, and that it is well. */
export function createNonResource(kinds: KindRegistry): (request: ApiRequest) => ApiAnswer {
  const openApi = createOpenApi(() => kinds.all());
  return (request) => {
    const path = bare(request.path);
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return health(request.path);
    if (path === '/version') return { status: 200, body: version() };
    return openApi(path) ?? discover(kinds.all(), path, request) ?? noPage;
  };
}

const bare = (path: string): string => path.split('?')[0]!.replace(/(.)\/$/, '$1');

function health(path: string): ApiAnswer {
  const name = /^\/(\w+)/.exec(path)![1]!;
  const isVerbose = /[?&]verbose/.test(path);
  return { status: 200, body: isVerbose ? `[+]ping ok\n[+]etcd ok\n${name} check passed\n` : 'ok' };
}

function version(): Fields {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: 'linux/amd64',
  };
}
