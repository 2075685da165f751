import { spawn } from 'node:child_process';
import { once } from 'node:events';

// A sysfs shows the links of the network namespace it was mounted in, so a new one is needed; the control
// groups below it are carried over. An empty /run hides the named network namespaces of the machine.
const enter = `set -eu
ip link set lo up
keep=$(mktemp -d)
mount --rbind /sys/fs/cgroup "$keep"
mount -t sysfs sysfs /sys
mount --rbind "$keep" /sys/fs/cgroup
umount -l "$keep"
rmdir "$keep"
if [ -d /run/netns ]; then umount -R -l /run/netns 2>/dev/null || true; fi
mount -t tmpfs -o mode=755 tmpfs /run
exec "$@"`;

/** Runs this program again in a network of its own, where a cluster may use the same addresses as a running one. */
export async function runIsolated(args: readonly string[]): Promise<number> {
  const own = [process.execPath, ...process.execArgv, process.argv[1] ?? '', ...args];
  const child = spawn(
    'unshare',
    ['--net', '--mount', '--propagation', 'private', 'sh', '-c', enter, 'sh', ...own],
    { stdio: 'inherit' },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
