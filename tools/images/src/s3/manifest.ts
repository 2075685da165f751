import { imageReference } from '../image/definitions.ts';

export type S3ManifestInput = {
  readonly namespace: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** PEM, for the names of `s3HostNames(namespace)`. */
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly bucket: string;
};

/** Enough of a Kubernetes object to send it to an API server. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Record<string, string>;
  };
  readonly [field: string]: unknown;
};

const name = 's3';
const servingPort = 8443;
const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'stateful-operators-test' };

/** The names that a certificate of the server in this namespace must hold. */
export const s3HostNames = (namespace: string): readonly string[] => [
  `s3.${namespace}.svc`,
  `s3.${namespace}.svc.cluster.local`,
  `s3.${namespace}`,
  's3',
];

/** The value of `spec.backupStore.endpoint` for the server in this namespace. */
export const s3Endpoint = (namespace: string): string => `https://s3.${namespace}.svc`;

/** An S3 server with one bucket, TLS on port 443, for demos and tests: its objects live as long as its pod. */
export function s3Manifest(input: S3ManifestInput): readonly Manifest[] {
  const { namespace, bucket } = input;
  const metadata = { name, namespace, labels };
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...metadata, name: `${name}-server` },
      type: 'Opaque',
      stringData: {
        accessKeyId: input.accessKey,
        secretAccessKey: input.secretKey,
        'tls.crt': input.tlsCert,
        'tls.key': input.tlsKey,
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(bucket) },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' }] },
    },
  ];
}

/** The Secret that `spec.backupStore.credentialsSecret` names. */
export function objectStoreSecret(input: {
  readonly namespace: string;
  readonly name: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly caPem: string;
}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: input.name, namespace: input.namespace },
    type: 'Opaque',
    stringData: {
      accessKeyId: input.accessKey,
      secretAccessKey: input.secretKey,
      'ca.crt': input.caPem,
    },
  };
}

function podSpec(bucket: string): object {
  const secretKey = (key: string): object => ({
    valueFrom: { secretKeyRef: { name: `${name}-server`, key } },
  });
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name,
        image: imageReference('s3'),
        imagePullPolicy: 'IfNotPresent',
        args: ['posix', '/data'],
        env: [
          { name: 'VGW_PORT', value: `:${servingPort}` },
          { name: 'VGW_CERT', value: '/tls/tls.crt' },
          { name: 'VGW_KEY', value: '/tls/tls.key' },
          { name: 'VGW_HEALTH', value: '/healthz' },
          { name: 'VGW_REGION', value: 'us-east-1' },
          { name: 'VGW_QUIET', value: 'true' },
          { name: 'ROOT_ACCESS_KEY', ...secretKey('accessKeyId') },
          { name: 'ROOT_SECRET_KEY', ...secretKey('secretAccessKey') },
        ],
        ports: [{ name: 'https', containerPort: servingPort, protocol: 'TCP' }],
        readinessProbe: {
          httpGet: { path: '/healthz', port: 'https', scheme: 'HTTPS' },
          periodSeconds: 1,
          timeoutSeconds: 2,
        },
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        // A bucket is a folder below the root. Mounting a part of the volume makes that folder: no step of its own.
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'data', mountPath: `/data/${bucket}`, subPath: bucket },
          { name: 'tls', mountPath: '/tls', readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'data', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
      {
        name: 'tls',
        secret: {
          secretName: `${name}-server`,
          defaultMode: 0o440,
          items: ['tls.crt', 'tls.key'].map((key) => ({ key, path: key })),
        },
      },
    ],
  };
}
