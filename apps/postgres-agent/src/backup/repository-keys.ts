import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '@stateful/reconcile-sdk';
import { type RepositoryKeys } from './pgbackrest-config.ts';

/** From the Secret of the store, as it is mounted; read anew each time, so that changed keys take effect. */
export async function readRepositoryKeys(folder: string): Promise<RepositoryKeys> {
  const read = async (key: string): Promise<string> => {
    try {
      return (await readFile(join(folder, key), 'utf8')).trim();
    } catch (cause) {
      throw new OperatorError(
        'bad-configuration',
        `the Secret of the backup store has no key ${key}, or was made after this pod (then delete the pod)`,
        { cause },
      );
    }
  };
  const caFile = join(folder, 'ca.crt');
  return {
    accessKeyId: await read('accessKeyId'),
    secretAccessKey: await read('secretAccessKey'),
    caFile: existsSync(caFile) ? caFile : undefined,
  };
}
