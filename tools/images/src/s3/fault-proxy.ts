import { createServer, request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { type AddressInfo } from 'node:net';

/** What becomes of one request. */
export type Fault =
  | { readonly do: 'pass' }
  /** Answered by the proxy, with an S3 error of this code. */
  | { readonly do: 'refuse'; readonly status: number; readonly code: string }
  /** The connection is reset when so many bytes of its body have come. */
  | { readonly do: 'reset-request'; readonly afterBytes: number }
  /** The answer is cut after so many bytes of its body. */
  | { readonly do: 'cut-answer'; readonly afterBytes: number }
  /** The store has done it, and the answer is lost. `status`: it says so instead of hanging up. */
  | { readonly do: 'lose-answer'; readonly status?: number }
  | { readonly do: 'delay'; readonly ms: number }
  /** A refusal by the condition of the request is told as success, as by a store that never heard of conditions. */
  | { readonly do: 'ignore-condition' };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** By the query and method, as far as tests care. */
  readonly operation: string;
}

export interface FaultProxy {
  readonly endpoint: string;
  readonly seen: SeenRequest[];
  /** Asked about each request; undefined passes it on. */
  rule: ((request: SeenRequest) => Fault | undefined) | undefined;
  stop(): Promise<void>;
}

const operationOf = (method: string, url: URL): string => {
  const has = (name: string) => url.searchParams.has(name);
  if (has('uploads')) return method === 'POST' ? 'CreateMultipartUpload' : 'ListMultipartUploads';
  if (has('uploadId')) {
    return (
      { PUT: 'UploadPart', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' }[method] ??
      'ListParts'
    );
  }
  return { PUT: 'PutObject', GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method] ?? method;
};

/** A plain HTTP server before a store, which makes trouble when it is told to. */
export async function startFaultProxy(target: { endpoint: string; caPem: string }): Promise<FaultProxy> {
  const { hostname, port, protocol } = new URL(target.endpoint);
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, answer) => {
    const url = new URL(incoming.url ?? '/', 'http://proxy');
    const request = {
      method: incoming.method ?? '',
      path: url.pathname,
      operation: operationOf(incoming.method ?? '', url),
    };
    seen.push(request);
    const fault = proxy.rule?.(request) ?? { do: 'pass' };
    if (fault.do === 'refuse') {
      incoming.resume();
      incoming.once('end', () => {
        answer.writeHead(fault.status, { 'content-type': 'application/xml' });
        answer.end(
          incoming.method === 'HEAD'
            ? undefined
            : `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>by the test</Message></Error>`,
        );
      });
      return;
    }
    if (fault.do === 'delay') {
      incoming.pause();
      setTimeout(() => forward(incoming), fault.ms);
    } else forward(incoming);

    function forward(from: IncomingMessage): void {
      const ask = protocol === 'https:' ? tlsRequest : plainRequest;
      const onward = ask(
        {
          host: hostname,
          port,
          method: from.method,
          path: from.url,
          headers: from.headers,
          ca: target.caPem,
          agent: false,
        },
        (reply) => {
          if (fault.do === 'lose-answer') {
            reply.resume();
            reply.once('end', () => {
              if (fault.status === undefined) from.socket.resetAndDestroy();
              else answer.writeHead(fault.status).end();
            });
            return;
          }
          if (fault.do === 'ignore-condition' && reply.statusCode === 412) {
            reply.resume();
            answer.writeHead(200, { 'content-type': 'application/xml', etag: '"0"' });
            answer.end(from.method === 'POST' ? '<CompleteMultipartUploadResult/>' : undefined);
            return;
          }
          answer.writeHead(reply.statusCode ?? 502, reply.headers);
          let passed = 0;
          reply.on('data', (chunk: Buffer) => {
            passed += chunk.length;
            if (fault.do === 'cut-answer' && passed > fault.afterBytes) {
              answer.write(chunk.subarray(0, Math.max(0, chunk.length - (passed - fault.afterBytes))));
              setTimeout(() => from.socket.resetAndDestroy(), 20);
              reply.destroy();
              return;
            }
            if (!answer.write(chunk)) {
              reply.pause();
              answer.once('drain', () => reply.resume());
            }
          });
          reply.on('end', () => answer.end());
          reply.on('error', () => answer.destroy());
        },
      );
      onward.on('error', () => from.socket.destroy());
      from.on('error', () => onward.destroy());
      let came = 0;
      from.on('data', (chunk: Buffer) => {
        came += chunk.length;
        if (fault.do === 'reset-request' && came >= fault.afterBytes) {
          onward.destroy();
          from.socket.resetAndDestroy();
        }
      });
      from.pipe(onward);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: FaultProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    rule: undefined,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return proxy;
}
