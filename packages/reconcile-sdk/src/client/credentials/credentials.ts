import { createSecureContext, type SecureContext } from 'node:tls';
import { type Clock } from '../../clock/index.ts';
import { OperatorError, describeError } from '../../errors/index.ts';
import { type ClusterConfig } from '../cluster-config.ts';
import { type ExecCredential } from './exec-plugin.ts';
import { sharedExecSource } from './exec-source.ts';
import { createFileText } from './file-text.ts';

/** What shows the server who we are, and us who it is, at one moment. */
export interface Identity {
  /** Value of the `Authorization` header. */
  readonly authorization: string | undefined;
  readonly tls: TlsIdentity;
  readonly exec: ExecCredential | undefined;
}

/** The part that a connection is made with. The same object as long as nothing in it changed. */
export interface TlsIdentity {
  /** 1, 2, 3 … as it is replaced. */
  readonly version: number;
  /** PEM. */
  readonly ca: string | undefined;
  readonly clientCertificate: { cert: string; key: string } | undefined;
  readonly context: SecureContext;
}

/** Who this process is to one API server, kept fresh. */
export interface Credentials {
  /** What is good now. Throws `bad-configuration` or `unauthorized` when there is nothing. */
  current(): Promise<Identity>;
  /** After a 401: gets new ones, and says whether they differ from what was refused. */
  renew(rejected: Identity): Promise<boolean>;
  /** Reads the TLS files again now: the server's certificate was not trusted. */
  reread(): Promise<void>;
  /** Whether the TLS part can ever change. */
  readonly rotates: boolean;
}

/** Whose credentials, and who is told of those that cannot be used. */
export interface CredentialsOptions {
  config: ClusterConfig;
  clock: Clock;
  /** New files that cannot be used, once per reason; the old ones stay in use. */
  onProblem?: (error: OperatorError) => void;
}

/** kubelet renews what it projects long before it ends; so often is early enough. */
export const filesMaxAgeMs = 30_000;

/** Tokens, certificates and authorities of a cluster's configuration, kept fresh. */
export function createCredentials({ config, clock, onProblem }: CredentialsOptions): Credentials {
  const file = (path: string | undefined) => path && createFileText(path, clock, filesMaxAgeMs);
  const caFile = file(config.caFile);
  const certFile = file(config.clientCertificateFiles?.cert);
  const keyFile = file(config.clientCertificateFiles?.key);
  const tokenFile = config.token && 'file' in config.token ? file(config.token.file) : undefined;
  const fixedAuthorization = authorizationOf(config);
  const exec = config.exec && sharedExecSource(config.exec, clock);
  let tls: TlsIdentity | undefined;
  let problem = '';

  /** Keeps what is in use when the new files do not fit together: half of a pair may not have been swapped yet. */
  function tlsOf(ca: string | undefined, clientCertificate: TlsIdentity['clientCertificate']): TlsIdentity {
    const isSame =
      tls?.ca === ca &&
      tls?.clientCertificate?.cert === clientCertificate?.cert &&
      tls?.clientCertificate?.key === clientCertificate?.key;
    if (tls && isSame) return tls;
    try {
      const context = createSecureContext({ ...(ca ? { ca } : {}), ...clientCertificate });
      problem = '';
      return (tls = { version: (tls?.version ?? 0) + 1, ca, clientCertificate, context });
    } catch (cause) {
      const error = new OperatorError(
        'bad-configuration',
        `${config.server}: the certificate authority or the client certificate cannot be used`,
        { cause },
      );
      if (!tls) throw error;
      const text = describeError(error);
      if (text !== problem) onProblem?.(error);
      problem = text;
      return tls;
    }
  }

  async function read(fresh: boolean): Promise<Identity> {
    const [ca, cert, key, token, credential] = await Promise.all([
      caFile ? caFile.read(fresh) : config.ca,
      certFile ? certFile.read(fresh) : config.clientCertificate?.cert,
      keyFile ? keyFile.read(fresh) : config.clientCertificate?.key,
      tokenFile ? tokenFile.read(fresh) : undefined,
      exec?.read(),
    ]);
    const bearer = token?.trim() || credential?.token;
    const pair = cert && key ? { cert, key } : undefined;
    return {
      authorization: bearer ? `Bearer ${bearer}` : fixedAuthorization,
      tls: tlsOf(ca, credential?.clientCertificate ?? pair),
      exec: credential,
    };
  }

  const canChange = [caFile, certFile, keyFile, tokenFile, exec].some((source) => source !== undefined);
  let fixed: Promise<Identity> | undefined;

  return {
    rotates: [caFile, certFile, exec].some((source) => source !== undefined),
    current: () => (canChange ? read(false) : (fixed ??= read(false))),
    async renew(rejected) {
      if (exec && rejected.exec) await exec.renew(rejected.exec);
      const next = await read(true);
      return next.authorization !== rejected.authorization || next.tls !== rejected.tls;
    },
    async reread() {
      await read(true);
    },
  };
}

function authorizationOf({ token, basic }: ClusterConfig): string | undefined {
  if (token && 'value' in token) return `Bearer ${token.value}`;
  if (basic) return `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`;
  return undefined;
}
