import { randomFillSync } from 'node:crypto';
import { openWriter, startEtcd, type EtcdCluster } from '@stateful/etcd/testing';

const valueBytes = 8 * 1024;
const valuesPerTransaction = 100;
const transactionsAtOnce = 4;

const flags = [
  `--quota-backend-bytes=${32 * 2 ** 30}`,
  // It would hold the last 5,000 transactions of this size in memory.
  '--snapshot-count=200',
  '--snapshot-catchup-entries=20',
];

/** A member whose database holds at least so many bytes: values of 8 KiB that cannot be compressed. What is there is kept. */
export async function startDatabase(
  dir: string,
  bytes: number,
  onProgress: (doneBytes: number) => void,
): Promise<EtcdCluster> {
  let etcd = await startEtcd(1, { dir, flags });
  const member = () => etcd.members[0]!;
  const size = async () => (await member().client.status()).dbSize;
  if ((await size()) >= bytes) return etcd;
  const chance = randomFillSync(Buffer.alloc(4 * 2 ** 20));
  const writer = openWriter(member().endpoint);
  let index = await member().client.revision();
  const transaction = async (): Promise<void> => {
    const number = index++;
    await writer.change(
      Array.from({ length: valuesPerTransaction }, (_, entry) => {
        const at = ((number * valuesPerTransaction + entry) * 4099) % (chance.length - valueBytes);
        return { put: `/registry/objects/${number}/${entry}`, value: chance.subarray(at, at + valueBytes) };
      }),
    );
  };
  for (let done = await size(); done < bytes; done = await size()) {
    onProgress(done);
    for (let round = 0; round < 25; round++) {
      await Promise.all(Array.from({ length: transactionsAtOnce }, transaction));
    }
  }
  writer.close();
  // It begins anew with nothing but its database in memory.
  await etcd.stop();
  etcd = await startEtcd(1, { dir, flags });
  return etcd;
}
