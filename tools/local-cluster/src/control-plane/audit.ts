import { existsSync, readFileSync } from 'node:fs';
import { stringify } from 'yaml';

export type AuditEvent = {
  readonly verb: string;
  readonly user: string;
  readonly userAgent: string;
  /** API group; '' is the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uri: string;
  /** HTTP status of the answer. */
  readonly code: number;
  /** When the request arrived. */
  readonly at: Date;
};

/** Who asked for what and how it ended, without bodies. Reads are left out unless wanted. */
export function renderAuditPolicy({ reads }: { readonly reads: boolean }): string {
  const ignoreReads = { level: 'None', verbs: ['get', 'list', 'watch'] };
  return stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    omitManagedFields: true,
    rules: [...(reads ? [] : [ignoreReads]), { level: 'Metadata' }],
  });
}

/** Every whole line of an audit log; a line still being written is left for the next reading. */
export function parseAuditLog(text: string): readonly AuditEvent[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => toEvent(JSON.parse(line) as RawEvent));
}

export const readAuditLog = (path: string): readonly AuditEvent[] =>
  existsSync(path) ? parseAuditLog(readFileSync(path, 'utf8')) : [];

/** Events that changed or tried to change something. */
export const isWrite = ({ verb }: AuditEvent): boolean => !['get', 'list', 'watch'].includes(verb);

type RawEvent = {
  readonly verb: string;
  readonly requestURI: string;
  readonly user?: { readonly username?: string };
  readonly userAgent?: string;
  readonly objectRef?: Readonly<
    Partial<Record<'resource' | 'namespace' | 'name' | 'apiGroup' | 'subresource', string>>
  >;
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
};

const toEvent = (raw: RawEvent): AuditEvent => ({
  verb: raw.verb,
  user: raw.user?.username ?? '',
  userAgent: raw.userAgent ?? '',
  group: raw.objectRef?.apiGroup ?? '',
  resource: raw.objectRef?.resource ?? '',
  subresource: raw.objectRef?.subresource ?? '',
  namespace: raw.objectRef?.namespace ?? '',
  name: raw.objectRef?.name ?? '',
  uri: raw.requestURI,
  code: raw.responseStatus?.code ?? 0,
  at: new Date(raw.requestReceivedTimestamp),
});
