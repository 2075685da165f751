import { Agent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { roleCredentials } from './assume-role.ts';
import { inSlices } from './slices.ts';
import { type StoreLocation } from './location.ts';

/** Connections that a store keeps open at most. */
const mostSockets = 64;

/** The client of one store. It makes each request once: retries are decided where it is known what a retry means. */
export function createS3Client(location: StoreLocation): S3Client {
  const { endpoint, assumeRole } = location;
  const credentials = location.credentials ?? (assumeRole && roleCredentials(assumeRole, location.region));
  const isPlain = endpoint?.startsWith('http:') ?? false;
  const handler = new NodeHttpHandler({
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
  });
  const send = handler.handle.bind(handler);
  handler.handle = (request, options) => {
    if (Buffer.isBuffer(request.body)) request.body = inSlices(request.body);
    return send(request, options);
  };
  const client = new S3Client({
    region: location.region,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: location.pathStyle ?? endpoint !== undefined,
    ...(credentials ? { credentials } : {}),
    maxAttempts: 1,
    // Checksums are given by the caller where the store can check them: a stream's trailer is refused, or stored, by some.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A part would wait for the store's word, on a connection of its own.
    expectContinueHeader: false,
    requestHandler: handler,
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
