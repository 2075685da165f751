import { rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { type Command } from 'commander';
import { mebibyte } from '@stateful/object-store';
import { wholeNumber, type Perform, type Surroundings } from '../commands.ts';
import { AgentFailure } from '../failure.ts';
import { isThere } from '../files.ts';
import { openStore } from '../store/open-store.ts';
import { expectedByManifest, type Expected } from './expected.ts';
import { fetchSnapshot } from './fetch.ts';
import { freeBytes } from './free-space.ts';

interface FetchArguments {
  store?: string;
  credentialsDir?: string;
  caFile?: string;
  manifest?: string;
  object?: string;
  versionId?: string;
  size?: number;
  sha256?: string;
  revision?: number;
  compactRevision?: number;
  hashKv?: number;
  to: string;
  facts?: string;
  clear?: string;
  onlyEmpty?: string;
  op?: string;
}

const rangeSize = 8 * mebibyte;

export const addFetch = (program: Command, perform: Perform, around: Surroundings): Command =>
  program
    .command('fetch')
    .description('brings a snapshot from a store to a folder, checked in all that is known of it')
    .option(
      '--store <file>',
      'the store as JSON, as it stands in spec.s3 of a BackupStore; else the variable STORE',
    )
    .option('--credentials-dir <folder>', 'files accessKeyId and secretAccessKey; else what AWS tools use')
    .option('--ca-file <file>', 'certificate of a private authority')
    .option('--manifest <key>', 'manifest of the backup: …/manifest.json')
    .option('--object <key>', 'the snapshot itself, with --size and --sha256')
    .option('--version-id <id>', 'version of the object, in a bucket that keeps versions')
    .option('--size <bytes>', 'size of the object', wholeNumber)
    .option('--sha256 <hex>', 'SHA-256 of the object')
    .option('--revision <number>', 'revision that it is at', wholeNumber)
    .option('--compact-revision <number>', 'oldest revision in it that is whole', wholeNumber)
    .option('--hash-kv <number>', 'HashKV at that revision', wholeNumber)
    .requiredOption('--to <folder>', 'where snapshot.db appears')
    .option('--facts <file>', 'write there what the snapshot holds: for `compare` and `swap --check`')
    .option('--clear <folder>', 'delete this folder below --to first: what a restore has left half made')
    .option('--only-empty <folder>', 'refuse a data folder that holds the data of a member already')
    .option('--op <name>', 'name of the restore, with --only-empty')
    .action(
      perform(async (options: FetchArguments) => {
        const { env, stop, clock, tell } = around;
        const { to, facts, clear, onlyEmpty, op } = options;
        if (onlyEmpty !== undefined) await needEmpty(onlyEmpty, op);
        if (clear !== undefined) await clearBelow(to, clear);
        const { store, s3 } = await openStore(
          {
            file: options.store,
            json: env['STORE'],
            credentialsDir: options.credentialsDir ?? env['STORE_CREDENTIALS_DIR'],
            authorityFile: options.caFile ?? env['STORE_CA_FILE'],
          },
          around,
        );
        const startedAt = clock.monotonic();
        try {
          const expected =
            options.manifest === undefined
              ? expectedByArguments(options)
              : await expectedByManifest(store, options.manifest, stop);
          tell(`fetching s3://${store.bucket}/${expected.key} to ${to}`);
          const found = await fetchSnapshot({
            store,
            expected,
            to,
            rangeSize,
            concurrency: s3.concurrency,
            free: freeBytes,
            report: tell,
            signal: stop,
          });
          const result = { ...found, seconds: Math.round(clock.monotonic() - startedAt) / 1000 };
          if (facts !== undefined) await writeWhole(facts, `${JSON.stringify({ ok: true, ...result })}\n`);
          return result;
        } finally {
          store.close();
        }
      }),
    );

function expectedByArguments(given: FetchArguments): Expected {
  const { object: key, versionId, size: sizeBytes, sha256, revision, compactRevision, hashKv } = given;
  if (key === undefined || sizeBytes === undefined || sha256 === undefined) {
    throw new AgentFailure(
      'BadArguments',
      'say what to fetch: --manifest, or --object with --size and --sha256',
    );
  }
  return {
    key,
    sizeBytes,
    sha256,
    ...(versionId === undefined ? {} : { versionID: versionId }),
    ...(revision === undefined ? {} : { revision }),
    ...(compactRevision === undefined ? {} : { compactRevision }),
    ...(hashKv === undefined ? {} : { hashKV: hashKv }),
  };
}

/** What etcdutl has left half made: it refuses a folder that is not empty. */
async function clearBelow(to: string, folder: string): Promise<void> {
  const path = relative(resolve(to), resolve(folder));
  if (path === '' || path.startsWith('..'))
    throw new AgentFailure(
      'BadArguments',
      `--clear ${folder} is not below --to ${to}: nothing is deleted there`,
    );
  await rm(folder, { recursive: true, force: true });
}

async function needEmpty(dataDir: string, op: string | undefined): Promise<void> {
  if (op === undefined) throw new AgentFailure('BadArguments', '--only-empty needs --op');
  const isTaken = await isThere(join(dataDir, 'member'));
  // Swapped in by an earlier run of this very restore.
  if (!isTaken || (await isThere(join(dataDir, `member.pre-${op}`)))) return;
  throw new AgentFailure(
    'NotEmpty',
    `${dataDir} holds the data of a member already: use mode InPlace to replace it, or name an empty claim`,
  );
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
