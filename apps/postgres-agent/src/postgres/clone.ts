import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Logger } from '@stateful/reconcile-sdk';
import { runCommand } from './command.ts';
import { type Layout } from './layout.ts';
import { syncFolder } from './marks.ts';

/** Copies the primary into a folder beside, and puts it in place only when it is whole. */
export async function clone(
  layout: Layout,
  conninfo: string,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  await emptyPartial(layout);
  log.info('copying the primary');
  await runCommand(
    'pg_basebackup',
    [
      '--pgdata',
      layout.partial,
      '--dbname',
      conninfo,
      '--wal-method=stream',
      '--checkpoint=fast',
      '--no-password',
    ],
    { signal, onLine: (line) => log.info({ pg_basebackup: line }, 'copying') },
  );
  await putInPlace(layout);
  log.info('the copy is complete');
}

export async function emptyPartial(layout: Layout): Promise<void> {
  await rm(layout.partial, { recursive: true, force: true });
  await mkdir(layout.partial, { recursive: true, mode: 0o700 });
}

/** The last step of everything that makes data: one rename. */
export async function putInPlace(layout: Layout): Promise<void> {
  // What came along of another server's own settings must not count here.
  await writeFile(join(layout.partial, 'postgresql.auto.conf'), '');
  if (existsSync(layout.data)) await quarantine(layout);
  await rename(layout.partial, layout.data);
  await syncFolder(dirname(layout.data));
}

/** Sets data aside that cannot be brought into line. One copy is kept; people decide about it. */
export async function quarantine(layout: Layout): Promise<void> {
  await rm(layout.quarantine, { recursive: true, force: true });
  await rename(layout.data, layout.quarantine);
  await syncFolder(dirname(layout.data));
}

/** Takes back what this server has and the primary's history has not. The server must have been stopped cleanly. */
export async function rewind(
  layout: Layout,
  conninfo: string,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  log.info('rewinding to where the histories part');
  await runCommand(
    'pg_rewind',
    [
      '--target-pgdata',
      layout.data,
      '--source-server',
      conninfo,
      `--config-file=${layout.config}`,
      '--progress',
    ],
    { signal, onLine: (line) => log.info({ pg_rewind: line }, 'rewinding') },
  );
  await writeFile(join(layout.data, 'postgresql.auto.conf'), '');
}
