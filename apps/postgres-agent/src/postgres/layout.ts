import { join } from 'node:path';

/** Where things are. The volume holds what must outlive the pod. */
export interface Layout {
  readonly root: string;
  readonly data: string;
  /** A copy or a new database in the making; never started from. */
  readonly partial: string;
  /** Data that could not be brought into line, kept for people: one copy. */
  readonly quarantine: string;
  readonly state: string;
  readonly run: string;
  readonly config: string;
  readonly hba: string;
  readonly passfile: string;
  readonly certificate: string;
  readonly certificateKey: string;
  readonly pgbackrest: string;
  readonly pgbackrestRestore: string;
}

export const layoutOf = (root: string, run: string): Layout => ({
  root,
  data: join(root, 'data'),
  partial: join(root, 'data.partial'),
  quarantine: join(root, 'data.quarantine'),
  state: join(root, 'agent'),
  run,
  config: join(run, 'postgresql.conf'),
  hba: join(run, 'pg_hba.conf'),
  passfile: join(run, 'pgpass'),
  certificate: join(run, 'server.crt'),
  certificateKey: join(run, 'server.key'),
  pgbackrest: join(run, 'pgbackrest.conf'),
  pgbackrestRestore: join(run, 'pgbackrest-restore.conf'),
});
