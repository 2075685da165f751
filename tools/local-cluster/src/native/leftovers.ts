import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { allPids, isAlive, readProc } from '../process/identity.ts';
import { run, tryRun } from '../process/run.ts';
import { waitUntil } from '../process/wait-until.ts';
import { groupExists, killGroup, processesIn, removeGroup, topGroups, type Cgroups } from './cgroups.ts';
import { homeVariable, markerVariable } from './daemon.ts';
import { actsOf, readJournal, type Act } from './journal.ts';
import { bridge, cgroupPrefix, type Layout } from './layout.ts';
import { bridgeOwner, linkExists, mountPoints, netnsNames } from './network.ts';

/** What stands on the machine in the name of a cluster, found without trusting any record of it. */
export type Leftovers = {
  readonly processes: readonly number[];
  readonly cgroup: boolean;
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly mounts: readonly string[];
  readonly directory: boolean;
};

export function findLeftovers(layout: Layout, cgroups: Cgroups): Leftovers {
  const acts = readJournal(layout.journal);
  const recorded = actsOf(acts, 'process')
    .filter(isAlive)
    .map(({ pid }) => pid);
  return {
    processes: [
      ...new Set([...processesIn(cgroups, layout.cgroup), ...markedProcesses(layout), ...recorded]),
    ],
    cgroup: groupExists(cgroups, layout.cgroup),
    namespaces: netnsNames().filter((name) => name.startsWith(layout.netnsPrefix)),
    links: ourLinks(layout, acts),
    mounts: mountPoints().filter((path) => path === layout.dir || path.startsWith(`${layout.dir}/`)),
    directory: existsSync(layout.dir),
  };
}

/** Our bridge, and what is plugged into it or was recorded. A bridge of somebody else is not touched. */
function ourLinks(layout: Layout, acts: readonly Act[]): readonly string[] {
  const recorded = actsOf(acts, 'link').map(({ name }) => name);
  const owner = bridgeOwner();
  // Without an alias it is ours if we were about to make it: the kernel gives the alias in a second step.
  const isOurs = owner === layout.linkAlias || (owner === '' && recorded.includes(bridge));
  if (owner !== undefined && !isOurs) return [];
  const ports = owner === undefined ? [] : readdirSync(`/sys/class/net/${bridge}/brif`);
  // The bridge last: it is what says whose the others are, should this be interrupted.
  const links = [...new Set([...ports, ...recorded])].filter((name) => name !== bridge);
  return [...links, ...(isOurs ? [bridge] : [])].filter(linkExists);
}

const markedProcesses = (layout: Layout): readonly number[] =>
  allPids().filter((pid) => environmentOf(pid).includes(`${markerVariable}=${layout.name}`));

const environmentOf = (pid: number): readonly string[] => readProc(pid, 'environ')?.split('\0') ?? [];

/**
 * A cluster of the same name that runs but is kept in another cache has the same namespaces, links and groups:
 * to this cache it looks like a leftover, and removing it would destroy somebody's cluster.
 */
export function refuseOtherHome(layout: Layout): void {
  const homes = markedProcesses(layout)
    .flatMap(environmentOf)
    .filter((entry) => entry.startsWith(`${homeVariable}=`))
    .map((entry) => entry.slice(homeVariable.length + 1));
  const other = homes.find((home) => home !== layout.dir && existsSync(join(home, basename(layout.record))));
  if (other === undefined) return;
  throw new Error(
    `A cluster named ${layout.name} is up, but it is kept in ${other}: take it down with STATEFUL_CACHE=${dirname(dirname(other))}`,
  );
}

/** Whether another cluster is on the machine: in a network of its own it may be beside this one. */
export const hasOtherCluster = (layout: Layout, cgroups: Cgroups): boolean =>
  topGroups(cgroups).some((group) => group.startsWith(cgroupPrefix) && `/${group}` !== layout.cgroup);

export const isClean = (found: Leftovers): boolean => describeLeftovers(found) === '';

/** One line for a person; empty when nothing is left. */
export function describeLeftovers(found: Leftovers): string {
  const count = (list: readonly unknown[], one: string): string =>
    list.length === 0 ? '' : `${list.length} ${one}${list.length === 1 ? '' : 's'}`;
  return [
    count(found.processes, 'process').replace('processs', 'processes'),
    count(found.namespaces, 'network namespace'),
    count(found.links, 'link'),
    count(found.mounts, 'mount'),
    found.cgroup ? 'control groups' : '',
    found.directory ? 'a folder' : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

export type RemoveOptions = { readonly keepLogs?: boolean };

/** Ends and removes everything of a cluster, whatever state it is in. May be repeated. */
export async function removeEverything(
  layout: Layout,
  cgroups: Cgroups,
  { keepLogs = false }: RemoveOptions = {},
): Promise<void> {
  const acts = readJournal(layout.journal);
  await killGroup(cgroups, layout.cgroup);
  await killOthers(layout, cgroups);
  await removeGroup(cgroups, layout.cgroup);
  const found = findLeftovers(layout, cgroups);
  for (const link of found.links) await run('ip', ['link', 'del', link]);
  for (const name of found.namespaces) await run('ip', ['netns', 'del', name]);
  for (const mount of [...found.mounts].reverse()) await run('umount', ['-l', mount]);
  for (const { rule } of actsOf(acts, 'forward-rule')) await tryRun('iptables', ['-w', '-D', ...rule]);
  for (const { path } of actsOf(acts, 'netns-mount')) await removeNetnsMount(path);
  // Removing a folder takes it from under the mounts of other namespaces: a second cluster may have them.
  if (!hasOtherCluster(layout, cgroups)) {
    for (const { path } of [...actsOf(acts, 'directory')].reverse()) removeIfEmpty(path);
  }
  removeDirectory(layout, keepLogs);
}

/** Processes that are not in the cluster's control groups: caught between fork and joining them. */
async function killOthers(layout: Layout, cgroups: Cgroups): Promise<void> {
  await waitUntil(
    () => {
      const { processes } = findLeftovers(layout, cgroups);
      for (const pid of processes) killQuietly(pid);
      return processes.length === 0;
    },
    { what: `all processes of the cluster ${layout.name} to end`, timeoutMs: 20_000 },
  );
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The machine had no mount there before us; somebody else's namespaces may have come meanwhile. */
async function removeNetnsMount(path: string): Promise<void> {
  if (netnsNames().length > 0) return;
  if (mountPoints().includes(path)) await run('umount', ['-l', path]);
  removeIfEmpty(path);
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Somebody else uses it by now, or it never came to be.
  }
}

function removeDirectory(layout: Layout, keepLogs: boolean): void {
  if (!existsSync(layout.dir)) return;
  if (!keepLogs) {
    rmSync(layout.dir, { recursive: true, force: true });
    return;
  }
  for (const entry of readdirSync(layout.dir)) {
    const path = `${layout.dir}/${entry}`;
    if (path !== layout.logDir) rmSync(path, { recursive: true, force: true });
  }
}
