import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../machine/command.ts';

export type TestCertificate = { readonly caPem: string; readonly certPem: string; readonly keyPem: string };

/** As openssl wants its subject alternative names. */
export const subjectAltName = (hosts: readonly string[]): string =>
  hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`).join(',');

/** A server certificate for these names or addresses from a CA made for it alone; its key is thrown away. */
export async function createTestCertificate(hosts: readonly string[], days = 30): Promise<TestCertificate> {
  const folder = await mkdtemp(join(tmpdir(), 'stateful-certificate-'));
  const at = (name: string): string => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const openssl = (...args: readonly string[]): Promise<string> =>
    command(['openssl', ...args], { timeoutMs: 30_000, whenMissing: 'install openssl and run again' });
  try {
    await chmod(folder, 0o700);
    await openssl(
      ...['req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', at('ca.crt'), '-days', String(days)],
      ...['-subj', '/CN=stateful-operators test CA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    );
    await openssl('req', ...newKey, '-keyout', at('tls.key'), '-out', at('tls.csr'), '-subj', '/CN=s3');
    const extensions = [
      `subjectAltName=${subjectAltName(hosts)}`,
      'extendedKeyUsage=serverAuth',
      'basicConstraints=critical,CA:FALSE',
    ];
    await writeFile(at('extensions'), `${extensions.join('\n')}\n`);
    await openssl(
      ...[
        'x509',
        '-req',
        '-in',
        at('tls.csr'),
        '-CA',
        at('ca.crt'),
        '-CAkey',
        at('ca.key'),
        '-CAcreateserial',
      ],
      ...['-days', String(days), '-extfile', at('extensions'), '-out', at('tls.crt')],
    );
    const [caPem, certPem, keyPem] = await Promise.all(
      ['ca.crt', 'tls.crt', 'tls.key'].map((name) => readFile(at(name), 'utf8')),
    );
    return { caPem: caPem ?? '', certPem: certPem ?? '', keyPem: keyPem ?? '' };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
