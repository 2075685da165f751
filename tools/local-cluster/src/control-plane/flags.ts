import { type PkiFiles } from './credentials.ts';

export type EtcdFlags = {
  readonly dataDir: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  /** Clients must show a certificate of this authority; needs a `clientUrl` with https. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Where health and metrics are served without certificates. */
  readonly metricsUrl?: string;
};

/** A single etcd that trades durability over a power loss of this machine for speed: test data only. */
export function etcdFlags({ dataDir, clientUrl, peerUrl, tls, metricsUrl }: EtcdFlags): readonly string[] {
  return [
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    ...(tls === undefined
      ? []
      : [
          `--trusted-ca-file=${tls.ca}`,
          `--cert-file=${tls.cert}`,
          `--key-file=${tls.key}`,
          '--client-cert-auth',
        ]),
    ...(metricsUrl === undefined ? [] : [`--listen-metrics-urls=${metricsUrl}`]),
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export type ApiServerFlags = {
  readonly etcdUrl: string;
  readonly address: string;
  readonly port: number;
  readonly serviceCidr: string;
  readonly pki: PkiFiles;
  /** Files of the audit log, when wanted. */
  readonly audit?: { readonly policy: string; readonly log: string };
  readonly extra?: readonly string[];
};

export function apiServerFlags(input: ApiServerFlags): readonly string[] {
  const { etcdUrl, address, port, serviceCidr, pki, audit, extra = [] } = input;
  return [
    `--etcd-servers=${etcdUrl}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${pki.cert('apiserver')}`,
    `--tls-private-key-file=${pki.key('apiserver')}`,
    `--client-ca-file=${pki.ca}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    `--service-cluster-ip-range=${serviceCidr}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged',
    '--profiling=false',
    `--requestheader-client-ca-file=${pki.ca}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki.cert('front-proxy')}`,
    `--proxy-client-key-file=${pki.key('front-proxy')}`,
    ...(audit === undefined
      ? []
      : [
          `--audit-policy-file=${audit.policy}`,
          `--audit-log-path=${audit.log}`,
          // An answer leaves the server only after its line is in the log, so that a test may count at once.
          '--audit-log-mode=blocking',
          '--audit-log-maxsize=200',
          '--audit-log-maxbackup=2',
        ]),
    ...extra,
  ];
}

export type ControllerManagerFlags = {
  readonly pki: PkiFiles;
  readonly address: string;
  readonly port: number;
};

/** All controllers, as an administrator: for tests of what they make of objects. */
export const controllerManagerFlags = ({ pki, address, port }: ControllerManagerFlags): readonly string[] => [
  `--kubeconfig=${pki.kubeconfig('admin')}`,
  `--bind-address=${address}`,
  `--secure-port=${port}`,
  `--service-account-private-key-file=${pki.serviceAccountKey}`,
  `--root-ca-file=${pki.ca}`,
  '--leader-elect=false',
  '--kube-api-qps=200',
  '--kube-api-burst=400',
];
