import { type Layout } from '../postgres/layout.ts';

export interface Repository {
  readonly bucket: string;
  /** `https://HOST[:PORT]` */
  readonly endpoint: string;
  readonly region: string;
  readonly path: string;
}

export interface RepositoryKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Path of the authority's certificate, for stores with one of their own. */
  readonly caFile: string | undefined;
}

export const stanza = 'db';

/** The file that pgBackRest reads, keys included: it is written with mode 0600 to a folder that goes with the pod. */
export function renderPgbackrest(
  repository: Repository,
  keys: RepositoryKeys,
  options: { layout: Layout; port: number; retentionDays?: number },
): string {
  const { hostname, port } = new URL(repository.endpoint);
  const global: Record<string, string> = {
    'repo1-type': 's3',
    'repo1-path': repository.path,
    'repo1-s3-bucket': repository.bucket,
    'repo1-s3-endpoint': hostname,
    'repo1-s3-region': repository.region,
    'repo1-s3-uri-style': 'path',
    'repo1-s3-key': keys.accessKeyId,
    'repo1-s3-key-secret': keys.secretAccessKey,
    ...(port === '' ? {} : { 'repo1-storage-port': port }),
    ...(keys.caFile === undefined ? {} : { 'repo1-storage-ca-file': keys.caFile }),
    'repo1-bundle': 'y',
    ...(options.retentionDays === undefined
      ? {}
      : { 'repo1-retention-full-type': 'time', 'repo1-retention-full': String(options.retentionDays) }),
    'start-fast': 'y',
    'compress-type': 'zst',
    'process-max': '2',
    // Its default lets one unreachable store hold a command for nine minutes.
    'io-timeout': '10',
    'log-level-console': 'warn',
    'log-level-file': 'off',
    'lock-path': '/tmp/pgbackrest/lock',
    'spool-path': '/tmp/pgbackrest/spool',
  };
  const database: Record<string, string> = {
    'pg1-path': options.layout.data,
    'pg1-socket-path': options.layout.run,
    'pg1-port': String(options.port),
  };
  const section = (name: string, values: Record<string, string>): string[] => [
    `[${name}]`,
    ...Object.entries(values).map(([key, value]) => {
      if (/[\r\n]/.test(value)) throw new Error(`${key} must not hold line breaks`);
      return `${key}=${value}`;
    }),
  ];
  return [...section('global', global), '', ...section(stanza, database), ''].join('\n');
}
