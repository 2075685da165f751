import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, connect as connectTcp, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@stateful/local-cluster';
import { createManualClock } from '../src/clock/index.ts';
import {
  loadKubeConfig,
  type ClusterConfig,
  type HttpTransport,
  type TransportOptions,
} from '../src/client/index.ts';
import {
  get,
  json,
  newAuthority,
  newCertificate,
  post,
  startServerDouble,
  transportTo,
  type Received,
  type ServerDouble,
} from './client-server.ts';

let server: ServerDouble;
let dir: string;
const open: HttpTransport[] = [];
const connect = (config: Partial<ClusterConfig>, options: Partial<TransportOptions> = {}) => {
  const made = transportTo({ ...server.config, ...config }, options);
  open.push(made.transport);
  return made.transport;
};
const authorizations = () => server.received.map(({ headers }) => headers.authorization);

beforeEach(async () => {
  server = await startServerDouble();
  dir = await mkdtemp(join(tmpdir(), 'client-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
  await server.close();
  await rm(dir, { recursive: true });
});

/** Files as kubelet projects them: the folder they are seen through is swapped as a whole. */
async function project(files: Record<string, string>): Promise<void> {
  const version = await mkdtemp(join(dir, '..v'));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(version, name), text);
    await symlink(join('..data', name), join(dir, name)).catch(() => undefined);
  }
  await symlink(version, join(dir, '..new'));
  await rename(join(dir, '..new'), join(dir, '..data'));
}

describe('a token in a file', () => {
  it('is read again when it has got old, and when it is refused', async () => {
    await project({ token: 'one\n' });
    const clock = createManualClock();
    const transport = connect({ token: { file: join(dir, 'token') } }, { clock });
    await transport.request(get('/1'));
    await project({ token: 'two\n' });
    await transport.request(get('/2'));
    await clock.advance(31_000);
    await transport.request(get('/3'));
    await project({ token: 'three\n' });
    server.answerWith(({ headers }, response) =>
      json(response, {}, headers.authorization === 'Bearer three' ? 200 : 401),
    );
    await transport.request(post('/4'));
    expect(authorizations()).toEqual(['one', 'one', 'two', 'two', 'three'].map((token) => `Bearer ${token}`));
    expect(server.handshakes()).toBe(1);
  });

  it('that is refused as it stands is not sent again', async () => {
    await project({ token: 'one' });
    server.answerWith((_, response) => json(response, { message: 'Unauthorized' }, 401));
    const transport = connect({ token: { file: join(dir, 'token') } });
    await expect(transport.request(get('/x'))).rejects.toMatchObject({ code: 'unauthorized' });
    expect(server.received).toHaveLength(1);
  });
});

describe('an authority in a file', () => {
  const rotating = async (clock = createManualClock()) => {
    await project({ 'ca.crt': server.authority.certPem });
    return { clock, transport: connect({ caFile: join(dir, 'ca.crt') }, { clock }) };
  };
  const watching: (request: Received, response: Parameters<typeof json>[0]) => void = ({ url }, response) => {
    if (url !== '/watch') return json(response, {});
    response.writeHead(200);
    response.write('{"type":"ADDED"}\n{"type":');
  };

  it('gives new connections when it changes; watches end after the line under way, calls go on', async () => {
    server.answerWith(watching);
    const { clock, transport } = await rotating();
    await Promise.all([transport.request(get('/x')), transport.request(get('/x'))]);
    const chunks: string[] = [];
    const watch = (async () => {
      for await (const chunk of await transport.stream(get('/watch'))) chunks.push(chunk.toString());
    })().catch((error: unknown) => error);
    await eventually('the watch has begun', () => expect(chunks).toHaveLength(1));
    const next = newAuthority();
    await project({ 'ca.crt': next.certPem + server.authority.certPem });
    server.useAuthority(next);
    // Nobody calls: the watch's own look finds the change.
    await clock.advance(30_000);
    await eventually('idle connections of old are closed', () => expect(server.sockets().size).toBe(1));
    expect(transport.stats().streams).toBe(1);
    await transport.request(get('/y'));
    expect(transport.stats().connectionsOpened).toBe(3);
    // The rest of the line never comes: the drain ends it.
    await clock.advance(10_000);
    expect(await watch).toMatchObject({
      code: 'network',
      message: 'get /watch: its credentials were replaced',
    });
    expect(transport.stats().streams).toBe(0);
    expect(clock.pending()).toBe(0);
  });

  it('ends a watch between lines as the server would', async () => {
    server.answerWith(({ url }, response) => {
      if (url !== '/watch') return json(response, {});
      response.writeHead(200);
      response.write('{"type":"ADDED"}\n');
    });
    const { clock, transport } = await rotating();
    const chunks: string[] = [];
    const watch = (async () => {
      for await (const chunk of await transport.stream(get('/watch'))) chunks.push(chunk.toString());
    })();
    await eventually('the watch has begun', () => expect(chunks).toHaveLength(1));
    await project({ 'ca.crt': `${server.authority.certPem}${newAuthority().certPem}` });
    await clock.advance(30_000);
    await watch;
    await eventually('its connection is closed', () => expect(server.sockets().size).toBe(0));
    expect(clock.pending()).toBe(0);
  });

  it('is read at once when the server shows a certificate that is not trusted', async () => {
    const next = newAuthority();
    await project({ 'ca.crt': server.authority.certPem });
    server.useAuthority(next);
    // Its timers are real: what brings the news within the back-off is not the file's age.
    const transport = connect({ caFile: join(dir, 'ca.crt') });
    await expect(transport.request(get('/x', { retry: false }))).rejects.toMatchObject({ code: 'network' });
    await project({ 'ca.crt': next.certPem });
    await transport.request(post('/y'));
    expect(server.received.map(({ url }) => url)).toEqual(['/y']);
  });

  it('keeps what works when the new file cannot be used, and says so once', async () => {
    const clock = createManualClock();
    const problems: string[] = [];
    const authority = newAuthority();
    const pair = newCertificate(authority);
    await project({ 'tls.crt': pair.certPem, 'tls.key': pair.keyPem });
    const transport = connect(
      { clientCertificateFiles: { cert: join(dir, 'tls.crt'), key: join(dir, 'tls.key') } },
      { clock, onProblem: (error) => void problems.push(error.message) },
    );
    await transport.request(get('/1'));
    const other = newCertificate(authority);
    await project({ 'tls.crt': other.certPem, 'tls.key': pair.keyPem });
    for (let i = 0; i < 3; i++) {
      await clock.advance(31_000);
      await transport.request(get('/2'));
    }
    expect(problems).toHaveLength(1);
    expect(server.handshakes()).toBe(1);
    await project({ 'tls.crt': other.certPem, 'tls.key': other.keyPem });
    await clock.advance(31_000);
    await transport.request(get('/3'));
    expect(server.handshakes()).toBe(2);
    const shown = server.received.map(({ socket }) => socket.getPeerX509Certificate()?.serialNumber);
    expect(new Set(shown.slice(0, -1)).size).toBe(1);
    expect(shown.at(-1)).not.toBe(shown[0]);
  });
});

describe('a credential plugin', () => {
  /** A plugin that prints what its script says and counts its runs in a file. */
  async function plugin(script: string, exec: Record<string, unknown> = {}): Promise<string> {
    const file = join(dir, 'plugin.mjs');
    await writeFile(
      file,
      `#!${process.execPath}
      import { appendFileSync, readFileSync } from 'node:fs';
      const runs = ${JSON.stringify(join(dir, 'runs'))};
      appendFileSync(runs, ['run', ...process.argv.slice(2)].join(' ') + '\\n');
      const run = readFileSync(runs, 'utf8').trim().split('\\n').length;
      const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      const give = (status) => console.log(JSON.stringify({ apiVersion: info.apiVersion, kind: 'ExecCredential', status }));
      ${script}`,
    );
    await chmod(file, 0o755);
    const path = join(dir, 'kubeconfig');
    await writeFile(
      path,
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [
          {
            name: 'c',
            cluster: {
              server: server.config.server,
              'certificate-authority-data': Buffer.from(server.authority.certPem).toString('base64'),
            },
          },
        ],
        users: [
          {
            name: 'u',
            user: {
              exec: {
                apiVersion: 'client.authentication.k8s.io/v1',
                command: './plugin.mjs',
                interactiveMode: 'IfAvailable',
                ...exec,
              },
            },
          },
        ],
      }),
    );
    return path;
  }
  const load = (path: string) =>
    loadKubeConfig({ path, environment: { PATH: process.env['PATH'], OUTER: 'outer' } });
  const runs = async (): Promise<string[]> => (await readFile(join(dir, 'runs'), 'utf8')).trim().split('\n');

  it('is run once for many calls, with its arguments, its environment and the cluster', async () => {
    const path = await plugin(
      `give({ token: [process.env.OUTER, process.env.INNER, info.spec.interactive, info.spec.cluster.server].join() });`,
      { args: ['--role', 'a'], env: [{ name: 'INNER', value: 'inner' }], provideClusterInfo: true },
    );
    const config = await load(path);
    const transport = connect(config);
    await Promise.all(Array.from({ length: 10 }, () => transport.request(get('/x'))));
    // Another transport with the same words shares it.
    await connect(config).request(get('/x'));
    expect(await runs()).toEqual(['run --role a']);
    expect(new Set(authorizations())).toEqual(new Set([`Bearer outer,inner,false,${config.server}`]));
  });

  it('is run again after a 401, once', async () => {
    const path = await plugin(`give({ token: 'token-' + run });`);
    server.answerWith(({ headers }, response) =>
      json(response, {}, headers.authorization === 'Bearer token-2' ? 200 : 401),
    );
    const transport = connect(await load(path));
    await Promise.all(Array.from({ length: 5 }, () => transport.request(post('/x'))));
    expect(await runs()).toHaveLength(2);
    server.answerWith((_, response) => json(response, {}, 401));
    await expect(transport.request(get('/x'))).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await runs()).toHaveLength(3);
  });

  it('may give a client certificate: a new one gives new connections', async () => {
    const authority = newAuthority();
    const pairs = [newCertificate(authority), newCertificate(authority)];
    await writeFile(join(dir, 'pairs.json'), JSON.stringify(pairs));
    const path = await plugin(
      `const pair = JSON.parse(readFileSync(${JSON.stringify(join(dir, 'pairs.json'))}, 'utf8'))[run - 1];
      give({ clientCertificateData: pair.certPem, clientKeyData: pair.keyPem });`,
    );
    const transport = connect(await load(path));
    await transport.request(get('/1'));
    const refused = server.received[0]?.socket.getPeerX509Certificate()?.serialNumber;
    server.answerWith(({ socket }, response) =>
      json(response, {}, socket.getPeerX509Certificate()?.serialNumber === refused ? 401 : 200),
    );
    await transport.request(get('/2'));
    expect(server.handshakes()).toBe(2);
    await eventually('the old connection is closed', () => expect(server.sockets().size).toBe(1));
  });

  it('that fails or is missing is named, with its hint and what it said, never with what it printed', async () => {
    const failing = connect(
      await load(await plugin(`console.log('s3cret'); console.error('log in first'); process.exit(3);`)),
    );
    const error = (await failing.request(get('/x')).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error.message).toContain('failed with exit code 3: log in first');
    expect(error.message).not.toContain('s3cret');
    const missing = connect(
      await load(
        await plugin('', { command: './nowhere', installHint: 'Install it with your cloud tools.' }),
      ),
    );
    await expect(missing.request(get('/x'))).rejects.toMatchObject({
      code: 'bad-configuration',
      message: expect.stringMatching(/nowhere" cannot be run \(ENOENT\); Install it with your cloud tools\./),
    });
    expect(server.received).toEqual([]);
  });

  it('that hangs does not outlast the call', async () => {
    const transport = connect(await load(await plugin('setTimeout(() => give({ token: "x" }), 2_000);')));
    await expect(transport.request(get('/x', { timeoutMs: 300 }))).rejects.toMatchObject({ code: 'timeout' });
    await transport.request(get('/x'));
    expect(await runs()).toHaveLength(1);
  });
});

describe('other ways in', () => {
  it('takes a name and a password', async () => {
    await connect({ basic: { username: 'ann', password: 'pässword' } }).request(get('/x'));
    expect(authorizations()).toEqual([`Basic ${Buffer.from('ann:pässword').toString('base64')}`]);
  });

  it('checks the name that it is told to, or none', async () => {
    await expect(
      connect({ serverName: 'elsewhere' }).request(get('/x', { retry: false })),
    ).rejects.toMatchObject({ code: 'network' });
    await connect({ serverName: 'localhost' }).request(get('/x'));
    const { ca: _, ...blind } = server.config;
    const trusting = transportTo({ ...blind, serverName: 'elsewhere', insecureSkipVerify: true }).transport;
    open.push(trusting);
    await trusting.request(get('/y'));
  });

  it('goes through an HTTP proxy, and names one that refuses', async () => {
    const asked: string[] = [];
    const proxy: Server = createServer((client) => {
      client.on('error', () => undefined);
      client.once('data', (head: Buffer) => {
        asked.push(head.toString());
        if (!head.toString().includes('Basic')) {
          client.end('HTTP/1.1 407 Who are you\r\n\r\n');
          return;
        }
        const upstream = connectTcp({ host: '127.0.0.1', port: server.port });
        upstream.on('error', () => undefined);
        upstream.once('connect', () => {
          client.write('HTTP/1.1 200 OK\r\n\r\n');
          upstream.pipe(client).pipe(upstream);
        });
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    await connect({ proxyUrl: `http://me:pw@127.0.0.1:${port}` }).request(get('/x'));
    expect(asked[0]).toMatch(new RegExp(`^CONNECT 127.0.0.1:${server.port} HTTP/1.1\r\n`));
    const refused = connect({ proxyUrl: `http://127.0.0.1:${port}` });
    const error = await refused.request(get('/x', { retry: false })).catch((thrown: unknown) => thrown);
    expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('HTTP 407') });
    expect(() => connect({ proxyUrl: 'socks5://me:pw@127.0.0.1:1' })).toThrow(/socks5:.*only http/);
    for (const transport of open.splice(0)) await transport.close();
    await new Promise((resolve) => proxy.close(resolve));
  });

  it('keeps the path of a gateway before the API', async () => {
    await connect({ server: `${server.config.server}/k8s/clusters/c-1` }).request(get('/api/v1'));
    expect(server.received[0]?.url).toBe('/k8s/clusters/c-1/api/v1');
  });

  it('reads the service account of a pod', async () => {
    await mkdir(join(dir, 'account'));
    await writeFile(join(dir, 'account', 'ca.crt'), server.authority.certPem);
    await writeFile(join(dir, 'account', 'token'), 'pod-token');
    await writeFile(join(dir, 'account', 'namespace'), 'here\n');
    const config = await loadKubeConfig({
      inClusterHost: `127.0.0.1:${server.port}`,
      serviceAccountDir: join(dir, 'account'),
    });
    expect(config).toMatchObject({ namespace: 'here', ca: server.authority.certPem });
    await connect(config).request(get('/x'));
    expect(authorizations()).toEqual(['Bearer pod-token']);
  });
});
