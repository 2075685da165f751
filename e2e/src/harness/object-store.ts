import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTestCertificate,
  objectStoreSecret,
  s3Endpoint,
  s3HostNames,
  s3Manifest,
  startS3,
  type Manifest,
  type RunningS3,
} from '@stateful/images';
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

/** A store, as a cluster's spec names it. Its Secret has the store's `ca.crt`, too. */
export interface StoreInCluster {
  readonly endpoint: string;
  readonly bucket: string;
  readonly credentialsSecret: string;
}

/** An S3 server with TLS in the namespace. */
export async function startObjectStore({ client }: Environment, namespace: string): Promise<StoreInCluster> {
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

/** An S3 server beside the cluster: what it holds outlives the cluster. */
export interface StoreOutside extends StoreInCluster {
  readonly s3: RunningS3;
  /** Where its objects are, as files. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts one on this machine, where pods reach it, with a Secret for it in the namespace. Native clusters only. */
export async function startStoreOutside(
  { client, cluster }: Environment,
  namespace: string,
): Promise<StoreOutside> {
  if (!cluster.etcd) throw new Error('this suite needs a cluster of the native provider');
  const dir = mkdtempSync(join(tmpdir(), 'stateful-e2e-s3-'));
  // The cluster's etcd listens where both this machine and pods reach it.
  const address = new URL(cluster.etcd.endpoint).hostname;
  const s3 = await startS3({ dir, address, buckets: [bucket] });
  const credentialsSecret = 's3-outside';
  const { accessKey, secretKey, caPem, endpoint } = s3;
  await client.apply(
    resources.secrets,
    objectStoreSecret({ namespace, name: credentialsSecret, accessKey, secretKey, caPem }),
    { force: true },
  );
  return {
    endpoint,
    bucket,
    credentialsSecret,
    s3,
    folder: join(dir, 'data', bucket),
    async stop() {
      await s3.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
