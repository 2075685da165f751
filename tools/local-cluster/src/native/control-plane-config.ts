import { type PkiFiles } from '../control-plane/credentials.ts';
import { clusterDomain, hostAddress } from './layout.ts';

/** Ports of CoreDNS' probes on the bridge address. */
const dnsHealthPort = 8081;
const dnsReadyPort = 8181;
export const dnsReadyUrl = `http://${hostAddress}:${dnsReadyPort}/ready`;

export function controllerManagerFlags(pki: PkiFiles): readonly string[] {
  return [
    `--kubeconfig=${pki.kubeconfig('kube-controller-manager')}`,
    '--bind-address=127.0.0.1',
    '--use-service-account-credentials',
    `--service-account-private-key-file=${pki.serviceAccountKey}`,
    `--root-ca-file=${pki.ca}`,
    `--cluster-signing-cert-file=${pki.ca}`,
    `--cluster-signing-key-file=${pki.caKey}`,
    '--controllers=*,-cloud-node-lifecycle-controller,-node-route-controller,-service-lb-controller',
    '--leader-elect=false',
    '--node-monitor-grace-period=40s',
    '--node-monitor-period=2s',
  ];
}

export function schedulerFlags(pki: PkiFiles): readonly string[] {
  return [
    `--kubeconfig=${pki.kubeconfig('kube-scheduler')}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ];
}

/** Admission, etcd's certificates, kubelets and aggregation on top of what every API server needs. */
export function clusterApiServerFlags(pki: PkiFiles): readonly string[] {
  return [
    '--enable-admission-plugins=NodeRestriction',
    `--etcd-cafile=${pki.ca}`,
    `--etcd-certfile=${pki.cert('etcd-client')}`,
    `--etcd-keyfile=${pki.key('etcd-client')}`,
    `--kubelet-client-certificate=${pki.cert('kubelet-client')}`,
    `--kubelet-client-key=${pki.key('kubelet-client')}`,
    `--kubelet-certificate-authority=${pki.ca}`,
    '--kubelet-preferred-address-types=InternalIP',
    // The host has no kube-proxy: calls to webhooks must dial the addresses of pods.
    '--enable-aggregator-routing=true',
  ];
}

export function renderCorefile(pki: PkiFiles): string {
  return `.:53 {
    bind ${hostAddress}
    errors
    health ${hostAddress}:${dnsHealthPort}
    ready ${hostAddress}:${dnsReadyPort}
    kubernetes ${clusterDomain} in-addr.arpa {
      kubeconfig ${pki.kubeconfig('coredns')}
      pods insecure
      ttl 2
    }
    cache 2
}
`;
}
