import { OperatorError } from '../errors/index.ts';
import { type Impersonation } from './cluster-config.ts';
import { type HttpRequest } from './http-request.ts';

/** Whom a request goes to, and from whom. */
export interface RequestHead {
  request: Pick<HttpRequest, 'method' | 'accept' | 'contentType'>;
  /** With the server's own beginning. */
  path: string;
  host: string;
  userAgent: string;
  authorization: string | undefined;
  impersonate: Impersonation | undefined;
}

/** A request as it travels. Throws `invalid` for a header or path that could begin another one. */
export function requestText(head: RequestHead, body: string | undefined, bodyBytes: number): string {
  const { request, path, authorization, impersonate } = head;
  if (!/^[\x21-\x7e]+$/.test(path))
    throw new OperatorError('invalid', 'the path holds what no path may hold');
  let text = `${request.method} ${path} HTTP/1.1\r\n`;
  const add = (name: string, value: string): void => {
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) {
      throw new OperatorError('invalid', `the header ${name} holds what no header may hold`);
    }
    text += `${name}: ${value}\r\n`;
  };
  add('host', head.host);
  add('user-agent', head.userAgent);
  add('accept', request.accept ?? 'application/json');
  if (authorization) add('authorization', authorization);
  if (body !== undefined) add('content-type', request.contentType ?? 'application/json');
  if (body !== undefined || request.method !== 'GET') add('content-length', String(bodyBytes));
  if (impersonate) for (const [name, value] of impersonationHeaders(impersonate)) add(name, value);
  return body === undefined ? `${text}\r\n` : `${text}\r\n${body}`;
}

/** The `Impersonate-*` headers; several groups are several lines. */
function impersonationHeaders(who: Impersonation): [name: string, value: string][] {
  // The server takes groups without a user for nothing at all, which would act as ourselves.
  if (!who.user) throw new OperatorError('invalid', 'impersonation needs the name of a user');
  return [
    ['impersonate-user', who.user],
    ...(who.uid ? [['impersonate-uid', who.uid] as [string, string]] : []),
    ...(who.groups ?? []).map((group): [string, string] => ['impersonate-group', group]),
    ...Object.entries(who.extra ?? {}).flatMap(([key, values]) =>
      // Keys are case-insensitive, and what a header name cannot hold is percent-encoded.
      values.map((value): [string, string] => [
        `impersonate-extra-${encodeURIComponent(key.toLowerCase()).replace(/[()']/g, percent)}`,
        value,
      ]),
    ),
  ];
}

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Texts of `Warning` headers (`299 - "text"`), by which the API server tells of what is deprecated. */
export function warningTexts(lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    [...line.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
      (match[1] ?? '').replace(/\\(.)/g, '$1'),
    ),
  );
}
