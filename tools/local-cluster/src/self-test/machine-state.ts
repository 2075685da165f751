import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cgroups } from '../native/cgroups.ts';
import { mountPoints, netnsNames } from '../native/network.ts';

/** What a cluster could leave on a machine, by kind, as lines that can be compared. */
export type MachineState = Readonly<
  Record<'namespaces' | 'links' | 'routes' | 'mounts' | 'cgroups' | 'folders', readonly string[]>
>;

const folders = [
  ...['/run/netns', '/run/containerd', '/var/lib/kubelet', '/var/lib/cni', '/var/log/pods'],
  ...['/var/log/containers', '/opt/containerd', '/opt/cni', '/tmp/hostpath_pv'],
];

export function readMachineState(cgroups: Cgroups): MachineState {
  const hierarchies = [...cgroups.hierarchies, ...cgroups.shadows];
  return {
    namespaces: netnsNames(),
    links: readdirSync('/sys/class/net'),
    routes: readFileSync('/proc/net/route', 'utf8').trim().split('\n'),
    mounts: mountPoints(),
    cgroups: hierarchies.flatMap(({ mountPoint }) =>
      readdirSync(mountPoint, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(mountPoint, entry.name)),
    ),
    folders: folders.filter(existsSync),
  };
}

/** What is there now and was not before; what was there once is not there twice unnoticed. */
export function added(before: MachineState, after: MachineState): readonly string[] {
  return (Object.keys(after) as (keyof MachineState)[]).flatMap((kind) => {
    const known = [...before[kind]];
    return after[kind]
      .filter((line) => {
        const index = known.indexOf(line);
        if (index >= 0) known.splice(index, 1);
        return index < 0;
      })
      .map((line) => `${kind}: ${line}`);
  });
}
