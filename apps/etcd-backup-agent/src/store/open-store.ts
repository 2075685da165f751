import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { s3StoreSchema, type S3Store } from '@stateful/backup-store-api';
import {
  createObjectStore,
  locationOf,
  type ObjectStore,
  type StoreCredentials,
} from '@stateful/object-store';
import { type Clock, type Random } from '@stateful/reconcile-sdk';
import { AgentFailure } from '../failure.ts';

export interface StoreAccess {
  /** File with the store as JSON, as it stands in `spec.s3` of a BackupStore. */
  readonly file?: string | undefined;
  /** The same, as text. */
  readonly json?: string | undefined;
  /** Folder with `accessKeyId`, `secretAccessKey` and perhaps `sessionToken`; without it the default chain signs. */
  readonly credentialsDir?: string | undefined;
  readonly authorityFile?: string | undefined;
}

export interface OpenedStore {
  readonly store: ObjectStore;
  readonly s3: S3Store;
}

/** Values of a Secret may be replaced while the agent runs. */
const credentialsForMs = 60_000;

/** Opens the store that the command line or the pod names. The caller closes it. */
export async function openStore(
  access: StoreAccess,
  { clock, random }: { clock: Clock; random: Random },
): Promise<OpenedStore> {
  const s3 = await describedStore(access);
  const { credentialsDir, authorityFile } = access;
  const isNeeded = (what: string, field: string) =>
    new AgentFailure('BadArguments', `the store has ${field}: say with ${what} where its values are`);
  if (s3.credentials?.secretRef && credentialsDir === undefined)
    throw isNeeded('--credentials-dir', 'credentials.secretRef');
  if (s3.caSecretRef && authorityFile === undefined) throw isNeeded('--ca-file', 'caSecretRef');
  const caPem = authorityFile === undefined ? undefined : await textOf(authorityFile);
  const location = locationOf(s3, {
    ...(caPem === undefined ? {} : { caPem }),
    ...(credentialsDir === undefined
      ? {}
      : { credentials: () => credentialsIn(credentialsDir, clock.now() + credentialsForMs) }),
  });
  return { store: createObjectStore({ location, clock, random }), s3 };
}

async function describedStore({ file, json }: StoreAccess): Promise<S3Store> {
  const text = file === undefined ? json : await textOf(file);
  if (text === undefined) throw new AgentFailure('BadArguments', 'no store is named: use --store FILE');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AgentFailure('BadArguments', 'the store is described by something that is no JSON', { cause });
  }
  const parsed = s3StoreSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AgentFailure(
    'BadArguments',
    `the store is not described well: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}

async function credentialsIn(folder: string, expiresAt: number): Promise<StoreCredentials> {
  const [accessKeyId, secretAccessKey] = await Promise.all([
    textOf(join(folder, 'accessKeyId')),
    textOf(join(folder, 'secretAccessKey')),
  ]);
  const sessionToken = await textOf(join(folder, 'sessionToken')).catch(() => undefined);
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    expiration: new Date(expiresAt),
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new AgentFailure('BadArguments', `${path} cannot be read`, { cause });
  }
}
