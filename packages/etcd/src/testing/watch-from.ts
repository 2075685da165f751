import { Client, credentials } from '@grpc/grpc-js';
import { message, reader } from '../client/wire.ts';

/** How a watch that was asked for from a revision on began. */
export interface WatchBeginning {
  /** It was refused or ended by the server. */
  readonly canceled: boolean;
  /** Other than 0: changes up to there are gone, and whoever watches has to read anew. */
  readonly compactRevision: number;
}

/** Watches all keys from a revision on, as a client does that was there before; answers the first that is told of it. */
export function watchFrom(endpoint: string, revision: number): Promise<WatchBeginning> {
  const client = new Client(new URL(endpoint).host, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(
    '/etcdserverpb.Watch/Watch',
    (bytes: Buffer) => bytes,
    (bytes) => bytes,
    { deadline: Date.now() + 10_000 },
  );
  return new Promise<WatchBeginning>((resolve, reject) => {
    stream.on('data', (bytes: Buffer) => {
      const answer = reader(bytes);
      const canceled = answer.flag(4);
      // That it was created says nothing yet: changes, or their absence, come next.
      if (answer.flag(3) && !canceled) return;
      resolve({ canceled, compactRevision: answer.number(5) });
    });
    stream.on('error', reject);
    stream.write(message({ 1: message({ 1: Buffer.from([0]), 2: Buffer.from([0]), 3: revision }) }));
  }).finally(() => {
    stream.on('error', () => undefined);
    stream.cancel();
    client.close();
  });
}
