import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { waitUntil } from '../process/wait-until.ts';

/** One tree of control groups: each mounted controller of version 1, or the only one of version 2. */
export type Hierarchy = { readonly mountPoint: string; readonly controllers: readonly string[] };
export type Cgroups = {
  readonly version: 1 | 2;
  /** Those in which groups are made. */
  readonly hierarchies: readonly Hierarchy[];
  /** Those in which runc makes groups of the same names on its own account: version 2 beside version 1. */
  readonly shadows: readonly Hierarchy[];
};

/** The usable hierarchies from the text of /proc/self/mountinfo. Where both versions are mounted, version 1 is used. */
export function parseCgroupMounts(mountinfo: string): Cgroups {
  const first: Hierarchy[] = [];
  const second: Hierarchy[] = [];
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, mountPoint = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (root !== '/') continue;
    const flags = new Set(['rw', 'ro', 'xattr', 'clone_children']);
    const controllers = options
      .split(',')
      .filter((option) => !flags.has(option) && !/^release_agent=/.test(option));
    if (type === 'cgroup' && !first.some((known) => known.controllers.join() === controllers.join())) {
      first.push({ mountPoint, controllers });
    }
    if (type === 'cgroup2' && second.length === 0) second.push({ mountPoint, controllers: [] });
  }
  if (first.some(({ controllers }) => controllers.includes('memory')))
    return { version: 1, hierarchies: first, shadows: second };
  return { version: 2, hierarchies: second, shadows: [] };
}

export function detectCgroups(): Cgroups {
  const found = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  if (found.hierarchies.length === 0) throw new Error('No control groups are mounted on this machine');
  return found;
}

const dirsOf = (cgroups: Cgroups, group: string): readonly string[] =>
  cgroups.hierarchies.map(({ mountPoint }) => join(mountPoint, group));

const allDirsOf = (cgroups: Cgroups, group: string): readonly string[] => [
  ...dirsOf(cgroups, group),
  ...cgroups.shadows.map(({ mountPoint }) => join(mountPoint, group)),
];

/** Makes a group in every hierarchy, ready to take processes or, with `inner`, further groups. */
export function createGroup(cgroups: Cgroups, group: string, inner = false): void {
  for (const { mountPoint, controllers } of cgroups.hierarchies) {
    const names = group.split('/').filter((name) => name !== '');
    let parent = mountPoint;
    for (const [index, name] of names.entries()) {
      const dir = join(parent, name);
      if (cgroups.version === 2) enableControllers(parent);
      mkdirSync(dir, { recursive: true });
      if (controllers.includes('cpuset')) inheritCpus(parent, dir);
      if (cgroups.version === 2 && inner && index === names.length - 1) enableControllers(dir);
      parent = dir;
    }
  }
}

/** A new cpuset group has neither processors nor memory nodes, and takes no process until it has. */
function inheritCpus(parent: string, dir: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (readFileSync(join(dir, file), 'utf8').trim() !== '') continue;
    writeFileSync(join(dir, file), readFileSync(join(parent, file), 'utf8'));
  }
}

function enableControllers(dir: string): void {
  const available = readFileSync(join(dir, 'cgroup.controllers'), 'utf8').trim();
  if (available === '') return;
  const wanted = available.split(' ').map((controller) => `+${controller}`);
  writeFileSync(join(dir, 'cgroup.subtree_control'), wanted.join(' '));
}

/** The files to which a process writes its number to be in the group. */
export const groupProcsFiles = (cgroups: Cgroups, group: string): readonly string[] =>
  dirsOf(cgroups, group).map((dir) => join(dir, 'cgroup.procs'));

/** Every process in the group or below it, in any hierarchy. */
export function processesIn(cgroups: Cgroups, group: string): readonly number[] {
  const pids = allDirsOf(cgroups, group).flatMap(descendants).flatMap(procsOf);
  return [...new Set(pids)];
}

function procsOf(dir: string): readonly number[] {
  try {
    return readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A folder of a group and all below it, innermost first. */
function descendants(dir: string): readonly string[] {
  const children = childrenOf(dir);
  return children === undefined ? [] : [...children.flatMap(descendants), dir];
}

function childrenOf(dir: string): readonly string[] | undefined {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(dir, entry.name));
  } catch {
    return undefined;
  }
}

/** Ends every process in the group, also frozen ones and those started meanwhile. */
export async function killGroup(cgroups: Cgroups, group: string, timeoutMs = 20_000): Promise<void> {
  await waitUntil(
    () => {
      const pids = processesIn(cgroups, group);
      if (pids.length === 0) return true;
      for (const pid of pids) kill(pid);
      // In version 1 a signal reaches a frozen process only after it was thawed.
      writeFreezer(cgroups, group, false);
      return false;
    },
    {
      what: `the processes of control group ${group} to end`,
      timeoutMs,
      intervalMs: 20,
      detail: () => `still there: ${processesIn(cgroups, group).join(' ')}`,
    },
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Removes the group and all below it from every hierarchy; its processes must have ended. */
export async function removeGroup(cgroups: Cgroups, group: string, timeoutMs = 20_000): Promise<void> {
  await waitUntil(
    () => {
      for (const dir of allDirsOf(cgroups, group).flatMap(descendants)) removeDir(dir);
      return !groupExists(cgroups, group);
    },
    { what: `control group ${group} to be removed`, timeoutMs, intervalMs: 50 },
  );
}

function removeDir(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // Its last process is not buried yet: the caller tries again.
  }
}

/** Names of the groups directly below the root, in any hierarchy. */
export function topGroups(cgroups: Cgroups): readonly string[] {
  const dirs = allDirsOf(cgroups, '/').flatMap((root) => childrenOf(root) ?? []);
  return [...new Set(dirs.map((dir) => basename(dir)))];
}

export const groupExists = (cgroups: Cgroups, group: string): boolean =>
  allDirsOf(cgroups, group).some(existsSync);

/** Stops or continues all processes of the group and below it; returns when the kernel says they are. */
export async function setFrozen(cgroups: Cgroups, group: string, frozen: boolean): Promise<void> {
  writeFreezer(cgroups, group, frozen);
  await waitUntil(() => isFrozen(cgroups, group) === frozen, {
    what: `control group ${group} to be ${frozen ? 'frozen' : 'thawed'}`,
    timeoutMs: 15_000,
    intervalMs: 20,
  });
}

const freezerDir = (cgroups: Cgroups, group: string): string => {
  const hierarchy =
    cgroups.version === 2
      ? cgroups.hierarchies[0]
      : cgroups.hierarchies.find(({ controllers }) => controllers.includes('freezer'));
  if (hierarchy === undefined)
    throw new Error('This kernel has no freezer control group: nothing can be frozen');
  return join(hierarchy.mountPoint, group);
};

function writeFreezer(cgroups: Cgroups, group: string, frozen: boolean): void {
  const dirs = frozen ? [freezerDir(cgroups, group)] : [...descendants(freezerDir(cgroups, group))].reverse();
  for (const dir of dirs) {
    const [file, text] =
      cgroups.version === 2
        ? ['cgroup.freeze', frozen ? '1' : '0']
        : ['freezer.state', frozen ? 'FROZEN' : 'THAWED'];
    try {
      writeFileSync(join(dir, file), text);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || frozen) throw error;
    }
  }
}

export function isFrozen(cgroups: Cgroups, group: string): boolean {
  const dir = freezerDir(cgroups, group);
  if (!existsSync(dir)) return false;
  return cgroups.version === 2
    ? /^frozen 1$/m.test(readFileSync(join(dir, 'cgroup.events'), 'utf8'))
    : readFileSync(join(dir, 'freezer.state'), 'utf8').trim() === 'FROZEN';
}

/** The group of a pod below a node's, as the kubelet names it, or nothing when the pod does not run there. */
export function findPodGroup(cgroups: Cgroups, nodeGroup: string, podUid: string): string | undefined {
  const root = freezerDir(cgroups, nodeGroup);
  const dir = descendants(root).find(
    (path) => basename(path) === `pod${podUid}` && statSync(path).isDirectory(),
  );
  return dir === undefined ? undefined : join(nodeGroup, dir.slice(root.length));
}
