import { Agent, request } from 'undici';
import { type Certificate } from '../pki/authority.ts';

export type ApiResponse = { readonly status: number; readonly text: string };

export type ApiClient = {
  /** One request; any answer of the server is a result, no answer an error. */
  readonly call: (method: Method, path: string, options?: CallOptions) => Promise<ApiResponse>;
  /** The object at this path; an error unless the answer is 200. */
  readonly get: <T = unknown>(path: string) => Promise<T>;
  /** Server-side apply of one object at its path. */
  readonly apply: (path: string, object: unknown) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type CallOptions = {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
};

export type ApiClientInput = { readonly server: string; readonly caPem: string; readonly user: Certificate };

/** The few calls that bringing up a cluster needs; operators use the SDK's client. */
export function createApiClient({ server, caPem, user }: ApiClientInput): ApiClient {
  const dispatcher = new Agent({ connect: { ca: caPem, cert: user.certPem, key: user.keyPem } });

  const call: ApiClient['call'] = async (method, path, options = {}) => {
    const { body, contentType = 'application/json', timeoutMs = 10_000 } = options;
    const response = await request(`${server}${path}`, {
      method,
      dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': contentType } }),
    });
    return { status: response.statusCode, text: await response.body.text() };
  };

  return {
    call,
    get: async <T>(path: string) => {
      const { status, text } = await call('GET', path);
      if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text.slice(0, 500)}`);
      return JSON.parse(text) as T;
    },
    apply: async (path, object) => {
      const { status, text } = await call('PATCH', `${path}?fieldManager=local-cluster&force=true`, {
        body: object,
        contentType: 'application/apply-patch+yaml',
      });
      if (status >= 300) throw new Error(`Applying ${path} answered ${status}: ${text.slice(0, 500)}`);
    },
    close: () => dispatcher.close(),
  };
}
