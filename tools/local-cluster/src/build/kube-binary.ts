import { join } from 'node:path';
import { type Log, terminalLog } from '../progress.ts';
import { goBuild } from './go-build.ts';

export const kubernetesVersion = 'v1.35.4';
const [major, minor] = kubernetesVersion.slice(1).split('.');
const versionPackage = 'k8s.io/component-base/version';

/**
 * The path of the one binary that is etcd, every Kubernetes component, kubectl and CoreDNS; the first argument
 * says which. Built with Go on first use (minutes), taken from the cache from then on.
 */
export function kubeBinary(log: Log = terminalLog()): Promise<string> {
  return goBuild(
    {
      name: 'kube',
      source: join(import.meta.dirname, '../../kube'),
      ldflags: [
        '-s -w',
        `-X ${versionPackage}.gitVersion=${kubernetesVersion}`,
        `-X ${versionPackage}.gitMajor=${major}`,
        `-X ${versionPackage}.gitMinor=${minor}`,
        `-X ${versionPackage}.gitTreeState=clean`,
      ].join(' '),
      hint: `Kubernetes ${kubernetesVersion}, etcd and CoreDNS: about 6 minutes the first time, then never again`,
    },
    log,
  );
}
