import { Agent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type StoreLocation } from './location.ts';

/** Connections that a store keeps open at most. */
const mostSockets = 64;

/** The client of one store. It makes each request once: retries are decided where it is known what a retry means. */
export function createS3Client(location: StoreLocation): S3Client {
  const { endpoint, credentials } = location;
  const isPlain = endpoint?.startsWith('http:') ?? false;
  const client = new S3Client({
    region: location.region,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: location.pathStyle ?? endpoint !== undefined,
    ...(credentials ? { credentials } : {}),
    maxAttempts: 1,
    // Checksums are given by the caller where the store can check them: a stream's trailer is refused, or stored, by some.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 10_000,
      throwOnRequestTimeout: true,
      ...(isPlain
        ? {}
        : {
            httpsAgent: new Agent({
              keepAlive: true,
              maxSockets: mostSockets,
              ...(location.caPem === undefined ? {} : { ca: location.caPem }),
            }),
          }),
    }),
  });
  if (!isPlain) {
    // TLS and the checksum already guard a part on its way; hashing it once more for the signature would cost a third
    // of the processor time of an upload.
    client.middlewareStack.add(
      (next, context) => (args) => {
        const request = args.request as { headers?: Record<string, string> } | undefined;
        if (context.commandName === 'UploadPartCommand' && request?.headers) {
          request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
        }
        return next(args);
      },
      { step: 'build', name: 'unsignedPartBodies' },
    );
  }
  return client;
}
