import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../../errors/index.ts';
import { inspectBundle } from './inspect.ts';
import { readServing } from './holdings.ts';
import { type CertificateSource } from './source.ts';

/**
 * Certificates that somebody else renews, such as cert-manager: `tls.crt`, `tls.key` and, where they are to be made
 * known to the API server by us, `ca.crt`. Contents are compared, not times, so a mounted Secret's swapped link is
 * seen like any other change; a pair read halfway through a change does not fit and is read again.
 */
export function createFileSource(options: { dir: string; pollMs?: number }): CertificateSource {
  const { dir, pollMs = 10_000 } = options;
  const read = async (file: string): Promise<string> => {
    try {
      return await readFile(join(dir, file), 'utf8');
    } catch (cause) {
      throw new OperatorError('bad-configuration', `cannot read ${join(dir, file)}`, { cause });
    }
  };
  return {
    name: `certificate files in ${dir}`,
    pollMs,
    async read() {
      const [certPem, keyPem, ca] = await Promise.all([
        read('tls.crt'),
        read('tls.key'),
        read('ca.crt').catch(() => undefined),
      ]);
      const authorities = ca === undefined ? undefined : inspectBundle(ca);
      const serving = readServing(certPem, keyPem, authorities);
      const isSound = typeof serving !== 'string';
      return {
        authorities: authorities ?? [],
        serving: isSound ? serving : undefined,
        problems: isSound ? [] : [serving],
      };
    },
  };
}
