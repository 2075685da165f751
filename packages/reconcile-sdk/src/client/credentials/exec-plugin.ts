import { execFile } from 'node:child_process';
import { OperatorError } from '../../errors/index.ts';
import { type ExecPlugin } from '../cluster-config.ts';

/** What a credential plugin gave. */
export interface ExecCredential {
  token?: string;
  clientCertificate?: { cert: string; key: string };
  /** On the wall clock, in milliseconds; absent: good until refused. */
  expiresAt?: number;
}

/** A plugin may ask a cloud, and a slow one at that; after this it is killed. */
export const execTimeoutMs = 60_000;
const maxOutputBytes = 1_048_576;

/**
 * Runs a credential plugin once, without a terminal. Its standard output holds secrets and is never repeated; its
 * standard error is meant for people and goes into the error.
 */
export function runExecPlugin(plugin: ExecPlugin): Promise<ExecCredential> {
  const { promise, resolve, reject } = Promise.withResolvers<ExecCredential>();
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.cluster ? { cluster: plugin.cluster } : {}) },
  };
  const child = execFile(
    plugin.command,
    [...plugin.args],
    {
      env: { ...plugin.environment, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: execTimeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxOutputBytes,
      windowsHide: true,
    },
    (error, stdout, stderr) => {
      try {
        if (error) throw failureOf(plugin, error, stderr);
        resolve(parseExecCredential(stdout, plugin));
      } catch (cause) {
        reject(cause);
      }
    },
  );
  child.stdin?.end();
  return promise;
}

function failureOf(
  plugin: ExecPlugin,
  error: { code?: string | number | null; killed?: boolean | undefined },
  stderr: string,
): OperatorError {
  if (error.code === 'ENOENT' || error.code === 'EACCES') {
    const hint = plugin.installHint ? `; ${plugin.installHint.trim()}` : '';
    return new OperatorError(
      'bad-configuration',
      `the credential plugin "${plugin.command}" cannot be run (${error.code})${hint}`,
    );
  }
  const how = error.killed
    ? `did not end within ${execTimeoutMs / 1000} s`
    : `failed with exit code ${error.code ?? 'unknown'}`;
  const said = stderr.trim().slice(-500);
  // Its end code says nothing of whether it will work next time.
  return new OperatorError(
    'unauthorized',
    `the credential plugin "${plugin.command}" ${how}${said ? `: ${said}` : ''}`,
  );
}

/** Reads an ExecCredential. No cause goes along with its errors: the text that would be quoted is a secret. */
export function parseExecCredential(text: string, plugin: ExecPlugin): ExecCredential {
  const bad = (what: string): OperatorError =>
    new OperatorError('bad-configuration', `the credential plugin "${plugin.command}" ${what}`);
  let answer: {
    apiVersion?: unknown;
    kind?: unknown;
    status?: Record<string, unknown>;
  } | null;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    throw bad('did not print JSON');
  }
  if (answer?.kind !== 'ExecCredential') throw bad('did not print an ExecCredential');
  if (answer.apiVersion !== plugin.apiVersion)
    throw bad(`answered in ${String(answer.apiVersion)}, but the kubeconfig says ${plugin.apiVersion}`);
  const textAt = (key: string): string | undefined => {
    const value = answer.status?.[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const token = textAt('token');
  const cert = textAt('clientCertificateData');
  const key = textAt('clientKeyData');
  if ((cert === undefined) !== (key === undefined)) throw bad('gave a certificate or a key, but not both');
  if (!token && !cert) throw bad('gave neither a token nor a client certificate');
  const expiry = textAt('expirationTimestamp');
  const expiresAt = expiry === undefined ? undefined : Date.parse(expiry);
  if (Number.isNaN(expiresAt)) throw bad('gave an expirationTimestamp that is not a time');
  return {
    ...(token ? { token } : {}),
    ...(cert && key ? { clientCertificate: { cert, key } } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
