import type { OutgoingHttpHeaders } from 'node:http';
import { OperatorError } from '../errors/index.ts';
import { type Impersonation } from './cluster-config.ts';
import { type HttpRequest } from './http-request.ts';

/** What a request says of itself and of whom it is from. */
export function headersOf(
  request: HttpRequest,
  body: string | undefined,
  authorization: string | undefined,
  impersonate: Impersonation | undefined,
): OutgoingHttpHeaders {
  return {
    accept: request.accept ?? 'application/json',
    ...(authorization ? { authorization } : {}),
    ...(body === undefined
      ? {}
      : {
          'content-type': request.contentType ?? 'application/json',
          // Node gives a DELETE no length by itself; the server would take its body for the next request.
          'content-length': Buffer.byteLength(body),
        }),
    ...impersonationHeaders(impersonate),
  };
}

/** The `Impersonate-*` headers; several groups are several lines. */
export function impersonationHeaders(who: Impersonation | undefined): OutgoingHttpHeaders {
  if (!who) return {};
  // The server takes groups without a user for nothing at all, which would act as ourselves.
  if (!who.user) throw new OperatorError('invalid', 'impersonation needs the name of a user');
  return {
    'impersonate-user': who.user,
    ...(who.uid ? { 'impersonate-uid': who.uid } : {}),
    ...(who.groups?.length ? { 'impersonate-group': [...who.groups] } : {}),
    ...Object.fromEntries(
      Object.entries(who.extra ?? {}).map(([key, values]) => [
        // Keys are case-insensitive, and what a header name cannot hold is percent-encoded.
        `impersonate-extra-${encodeURIComponent(key.toLowerCase()).replace(/[()']/g, percent)}`,
        [...values],
      ]),
    ),
  };
}

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Texts of `Warning` headers (`299 - "text"`), by which the API server tells of what is deprecated. */
export function warningTexts(lines: readonly string[] | undefined): string[] {
  return (lines ?? []).flatMap((line) =>
    [...line.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
      (match[1] ?? '').replace(/\\(.)/g, '$1'),
    ),
  );
}
