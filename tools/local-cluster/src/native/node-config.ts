import { join } from 'node:path';
import { stringify } from 'yaml';
import { type PkiFiles } from '../control-plane/credentials.ts';
import { clusterDomain, dnsServiceAddress, podNetwork, type NodeLayout } from './layout.ts';

export const pauseImage = 'docker.io/local/pause:1';
export const containerdSocket = '/run/containerd/containerd.sock';
const cniBinDir = '/usr/lib/cni';

/** Files of a node that its components read. */
export const nodeFiles = (node: NodeLayout) => ({
  containerdConfig: join(node.dir, 'containerd.toml'),
  cniDir: join(node.dir, 'cni'),
  cniConfig: join(node.dir, 'cni', '10-pods.conflist'),
  kubeletConfig: join(node.dir, 'kubelet.yaml'),
  resolvConf: join(node.dir, 'resolv.conf'),
  /** Hash of each image archive loaded so far. */
  images: join(node.dir, 'images.json'),
});

/** What the node keeps on its own disk, and where its processes see it. */
export const nodeMounts = (
  node: NodeLayout,
): readonly { readonly source: string; readonly target: string }[] =>
  [
    ['containerd', '/var/lib/containerd'],
    ['kubelet', '/var/lib/kubelet'],
    ['cni-state', '/var/lib/cni'],
    ['pod-logs', '/var/log/pods'],
    ['container-logs', '/var/log/containers'],
  ].map(([source = '', target = '']) => ({ source: join(node.dir, source), target }));

export type Snapshotter = 'overlayfs' | 'native';

export function renderContainerdConfig(node: NodeLayout, snapshotter: Snapshotter): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
  address = "${containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE a score cannot be lowered, and runc then fails to start anything.
  restrict_oom_score_adj = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniBinDir}"
    conf_dir = "${nodeFiles(node).cniDir}"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${snapshotter}"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}

export function renderCniConfig(node: NodeLayout): string {
  const config = {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: node.podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

export function renderKubeletConfig(node: NodeLayout, pki: PkiFiles): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: node.cgroup,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    authentication: {
      x509: { clientCAFile: pki.ca },
      anonymous: { enabled: false },
      webhook: { enabled: true },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: pki.cert(node.name),
    tlsPrivateKeyFile: pki.key(node.name),
    clusterDomain,
    clusterDNS: [dnsServiceAddress],
    resolvConf: nodeFiles(node).resolvConf,
    // The disk is shared with the machine: images and pods must not be thrown out because somebody else filled it.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    nodeStatusUpdateFrequency: '4s',
    // Left out, it would follow the line above, and every node would write its status every 4 s.
    nodeStatusReportFrequency: '1m',
    nodeLeaseDurationSeconds: 20,
    enforceNodeAllocatable: ['pods'],
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    serializeImagePulls: false,
    maxPods: 110,
  });
}

export function kubeletFlags(node: NodeLayout, pki: PkiFiles): readonly string[] {
  const labels = [`topology.kubernetes.io/zone=zone${node.number}`, 'topology.kubernetes.io/region=local'];
  return [
    `--config=${nodeFiles(node).kubeletConfig}`,
    `--kubeconfig=${pki.kubeconfig(node.name)}`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.address}`,
    `--node-labels=${labels.join(',')}`,
    '--root-dir=/var/lib/kubelet',
    '--cert-dir=/var/lib/kubelet/pki',
  ];
}

export function kubeProxyFlags(node: NodeLayout, pki: PkiFiles): readonly string[] {
  return [
    `--kubeconfig=${pki.kubeconfig('kube-proxy')}`,
    `--hostname-override=${node.name}`,
    `--cluster-cidr=${podNetwork}`,
    '--proxy-mode=iptables',
    // These limits belong to the machine, not to a network namespace.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
  ];
}
