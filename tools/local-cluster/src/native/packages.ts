import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from '../process/run.ts';
import { type Log, seconds } from '../progress.ts';

/** Debian's package for each program that the cluster runs. */
const programs: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  conntrack: 'conntrack',
  socat: 'socat',
  ipset: 'ipset',
  nft: 'nftables',
  ip: 'iproute2',
  tc: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
};
const files: Readonly<Record<string, string>> = { '/usr/lib/cni/bridge': 'containernetworking-plugins' };

export function missingPackages(has: {
  program: (name: string) => boolean;
  file: (path: string) => boolean;
}) {
  const missing = [
    ...Object.entries(programs).filter(([name]) => !has.program(name)),
    ...Object.entries(files).filter(([path]) => !has.file(path)),
  ];
  return [...new Set(missing.map(([, packageName]) => packageName))];
}

/** Installs what is missing with apt-get, or says what to install. */
export async function ensurePackages(log: Log): Promise<void> {
  const missing = missingPackages({ program: onPath, file: existsSync });
  if (missing.length === 0) return;
  const names = missing.join(' ');
  if (!onPath('apt-get')) throw new Error(`These packages are missing, install them and run again: ${names}`);
  const startedAt = performance.now();
  log(`installing with apt-get: ${names}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const ticker = setInterval(
    () => log(`installing with apt-get: ${seconds(performance.now() - startedAt)}`),
    10_000,
  );
  try {
    await run('apt-get', ['update', '-qq'], { env, timeoutMs: 300_000 });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
      env,
      timeoutMs: 600_000,
    });
  } finally {
    clearInterval(ticker);
  }
  const stillMissing = missingPackages({ program: onPath, file: existsSync });
  if (stillMissing.length > 0) throw new Error(`apt-get did not bring: ${stillMissing.join(' ')}`);
  log(`installed ${names} in ${seconds(performance.now() - startedAt)}`);
}

export const onPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((dir) => dir !== '' && existsSync(join(dir, program)));
