import { writeFile } from 'node:fs/promises';
import { statfs } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { runCommand } from './command.ts';
import { hostAccess } from './config.ts';
import { type Credentials } from './credentials.ts';
import { type Layout } from './layout.ts';

/** Writes what the server and its tools read beside postgresql.conf. All of it is lost with the pod. */
export async function writeRunFiles(layout: Layout, credentials: Credentials): Promise<void> {
  await writeFile(layout.hba, hostAccess('open'), { mode: 0o600 });
  const escaped = credentials.replicationPassword.replace(/[\\:]/g, (character) => `\\${character}`);
  await writeFile(layout.passfile, `*:*:*:replicator:${escaped}\n`, { mode: 0o600 });
  if (existsSync(layout.certificate)) return;
  // Encrypts, and proves nothing: clients that check names need a certificate of their authority.
  await runCommand('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'],
    ...['-subj', '/CN=postgres', '-keyout', layout.certificateKey, '-out', layout.certificate],
  ]);
}

/** Slots may hold back a third of the volume; what is older is given up, and the instance is copied anew. */
export async function slotWalKeepMegabytes(root: string): Promise<number> {
  const { blocks, bsize } = await statfs(root);
  return Math.max(128, Math.floor((blocks * bsize) / 2 ** 20 / 3));
}
