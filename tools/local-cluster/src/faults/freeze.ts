import { findPodGroup, groupExists, isFrozen, setFrozen, type Cgroups } from '../native/cgroups.ts';
import { type NodeLayout } from '../native/layout.ts';

export type Freezer = {
  readonly setNode: (node: NodeLayout, frozen: boolean) => Promise<void>;
  readonly setPod: (podUid: string, frozen: boolean) => Promise<void>;
  /** Also what was frozen below the node, pod by pod. */
  readonly thawAll: (node: NodeLayout) => Promise<void>;
};

/** Stops processes by the freezer of the kernel, which they can neither notice nor refuse. */
export function createFreezer(cgroups: Cgroups, nodes: readonly NodeLayout[]): Freezer {
  return {
    setNode: (node, frozen) => setFrozen(cgroups, node.cgroup, frozen),
    setPod: async (podUid, frozen) => {
      const groups = nodes.map((node) => findPodGroup(cgroups, node.cgroup, podUid));
      const group = groups.find((found) => found !== undefined);
      if (group === undefined) throw new Error(`No pod with UID ${podUid} runs on this cluster`);
      await setFrozen(cgroups, group, frozen);
    },
    thawAll: async (node) => {
      if (groupExists(cgroups, node.cgroup)) await setFrozen(cgroups, node.cgroup, false);
    },
  };
}

export const isNodeFrozen = (cgroups: Cgroups, node: NodeLayout): boolean => isFrozen(cgroups, node.cgroup);
