import { randomBytes } from 'node:crypto';
import {
  createTestCertificate,
  objectStoreSecret,
  s3Endpoint,
  s3HostNames,
  s3Manifest,
  type Manifest,
} from '@stateful/images';
import { type PostgresClusterSpecInput } from '@stateful/postgres-api';
import { type defineResource, resources } from '@stateful/reconcile-sdk';
import { type Environment } from './environment.ts';
import { waitForObject } from './wait.ts';

const bucket = 'backups';
const credentialsSecret = 's3-credentials';
const kinds: Record<string, ReturnType<typeof defineResource>> = {
  Secret: resources.secrets,
  Deployment: resources.deployments,
  Service: resources.services,
};

/** An S3 server with TLS in the namespace, and how a cluster names it as its store. */
export async function startObjectStore(
  { client }: Environment,
  namespace: string,
): Promise<NonNullable<PostgresClusterSpecInput['backupStore']>> {
  const tls = await createTestCertificate(s3HostNames(namespace));
  const accessKey = `key${randomBytes(8).toString('hex')}`;
  const secretKey = randomBytes(24).toString('base64url');
  const objects: readonly Manifest[] = [
    ...s3Manifest({ namespace, accessKey, secretKey, tlsCert: tls.certPem, tlsKey: tls.keyPem, bucket }),
    objectStoreSecret({ namespace, name: credentialsSecret, accessKey, secretKey, caPem: tls.caPem }),
  ];
  for (const object of objects) await client.apply(kinds[object.kind]!, object, { force: true });
  await waitForObject(
    client,
    resources.deployments,
    { namespace, name: 's3' },
    'the S3 server is available',
    (deployment) => (deployment?.status?.availableReplicas ?? 0) > 0,
    90_000,
    (deployment) => JSON.stringify(deployment?.status?.conditions ?? []),
  );
  return { endpoint: s3Endpoint(namespace), bucket, credentialsSecret };
}
