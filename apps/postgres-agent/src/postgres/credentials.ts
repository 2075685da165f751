import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '@stateful/reconcile-sdk';

/** From the Secret NAME-credentials, as it is mounted. Never logged. */
export interface Credentials {
  readonly superuserPassword: string;
  readonly replicationPassword: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

export async function readCredentials(folder: string): Promise<Credentials> {
  const read = async (key: string): Promise<string> => {
    try {
      return (await readFile(join(folder, key), 'utf8')).trim();
    } catch (cause) {
      throw new OperatorError('bad-configuration', `the Secret with the credentials has no key ${key}`, {
        cause,
      });
    }
  };
  const [superuserPassword, replicationPassword, username, password, database] = await Promise.all([
    read('superuser-password'),
    read('replication-password'),
    read('username'),
    read('password'),
    read('dbname'),
  ]);
  return { superuserPassword, replicationPassword, username, password, database };
}
