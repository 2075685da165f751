import { createServer, request as plainRequest, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createdId, snapshotsOf, withSnapshots, withState } from './snapshot-set.ts';

/** What becomes of one request. */
export type Ec2Fault =
  /** Answered by the proxy; EC2 hears nothing of it. */
  | { readonly do: 'refuse'; readonly status: number; readonly code: string; readonly message?: string }
  /** EC2 has done it, and the connection is reset; `status`: an empty answer of that status instead. */
  | { readonly do: 'lose-answer'; readonly status?: number }
  /** It reaches EC2 so much later. */
  | { readonly do: 'delay'; readonly ms: number };

export interface Ec2Request {
  readonly action: string;
  readonly isDryRun: boolean;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Ec2Proxy {
  readonly endpoint: string;
  readonly seen: Ec2Request[];
  /** Requests of that action that were to do something: no dry runs. */
  count(action: string): number;
  rule: ((request: Ec2Request) => Ec2Fault | undefined) | undefined;
  /** How long a new snapshot is not shown, and is pending, by `now`. */
  visibleAfterMs: number;
  completedAfterMs: number;
  /** Snapshots in one answer, at most. */
  pageSize: number;
  /** Snapshots that end in an error. */
  readonly broken: Set<string>;
  stop(): Promise<void>;
}

/**
 * A server before EC2 that brings what moto leaves out: snapshots that show late and take time, pages, only one's own; and
 * trouble, when it is told to. `now`: the time that counts, in milliseconds.
 */
export async function startEc2Proxy(
  target: { readonly endpoint: string },
  now: () => number = () => performance.now(),
): Promise<Ec2Proxy> {
  const createdAt = new Map<string, number>();
  let owner = '';
  const server = createServer((incoming, answer) => {
    text(incoming)
      .then((body) => respond(body, incoming.headers['authorization'] ?? '', answer))
      .catch(() => answer.destroy());
  });

  async function respond(body: string, authorization: string, answer: ServerResponse): Promise<void> {
    const parameters = Object.fromEntries(new URLSearchParams(body));
    const request = {
      action: parameters['Action'] ?? '',
      isDryRun: parameters['DryRun'] === 'true',
      parameters,
    };
    proxy.seen.push(request);
    const fault = proxy.rule?.(request);
    if (fault?.do === 'refuse') {
      send(answer, fault.status, errorXml(fault.code, fault.message ?? 'by the test'));
      return;
    }
    if (fault?.do === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const { status, xml } = await forward(withoutPages(parameters), authorization);
    const isNew = request.action === 'CreateSnapshot' && status === 200;
    if (isNew) {
      createdAt.set(createdId(xml), now());
      owner = /<ownerId>([^<]*)</.exec(xml)?.[1] ?? owner;
    }
    if (fault?.do === 'lose-answer') {
      if (fault.status === undefined) answer.socket?.resetAndDestroy();
      else send(answer, fault.status, '');
    } else if (isNew) send(answer, status, withState(xml, 'pending', ''));
    else if (request.action === 'DescribeSnapshots' && status === 200) {
      send(answer, 200, asEc2Would(xml, parameters));
    } else send(answer, status, xml);
  }

  /** A connection each: the server closes those that it keeps whenever it likes. */
  function forward(
    parameters: Readonly<Record<string, string>>,
    authorization: string,
  ): Promise<{ status: number; xml: string }> {
    return new Promise((resolve, reject) => {
      const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
      const onward = plainRequest(target.endpoint, { method: 'POST', agent: false, headers }, (reply) => {
        text(reply).then((xml) => resolve({ status: reply.statusCode ?? 502, xml }), reject);
      });
      onward.once('error', reject);
      onward.end(String(new URLSearchParams(parameters)));
    });
  }

  function asEc2Would(xml: string, { NextToken, MaxResults }: Readonly<Record<string, string>>): string {
    const all = snapshotsOf(xml)
      .filter((item) => item.owner === owner)
      .filter(({ id }) => age(id) >= proxy.visibleAfterMs)
      .map((item) => {
        if (proxy.broken.has(item.id)) return { ...item, xml: withState(item.xml, 'error', '12%') };
        if (age(item.id) >= proxy.completedAfterMs) return item;
        const percent = Math.floor((100 * age(item.id)) / proxy.completedAfterMs);
        return { ...item, xml: withState(item.xml, 'pending', `${percent}%`) };
      });
    const from = Number(NextToken ?? 0);
    const to = from + Math.min(proxy.pageSize, Number(MaxResults ?? 1_000));
    return withSnapshots(xml, all.slice(from, to), to < all.length ? String(to) : undefined);
  }
  const age = (id: string): number => now() - (createdAt.get(id) ?? -Infinity);

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: Ec2Proxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    count: (action) => proxy.seen.filter((seen) => seen.action === action && !seen.isDryRun).length,
    rule: undefined,
    visibleAfterMs: 0,
    completedAfterMs: 0,
    pageSize: 1_000,
    broken: new Set(),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return proxy;
}

const withoutPages = ({
  NextToken: _token,
  MaxResults: _size,
  ...rest
}: Readonly<Record<string, string>>): Record<string, string> => rest;

const errorXml = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>0</RequestID></Response>`;

function send(answer: ServerResponse, status: number, xml: string): void {
  answer.writeHead(status, { 'content-type': 'text/xml' });
  answer.end(xml);
}
