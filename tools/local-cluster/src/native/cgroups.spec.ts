import { describe, expect, it } from '@jest/globals';
import { parseCgroupMounts } from './cgroups.ts';

const hybrid = `
25 24 0:22 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
26 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
27 25 0:24 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
28 25 0:25 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=/x,name=systemd
29 25 0:26 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
30 25 0:24 / /elsewhere/memory rw,relatime - cgroup cgroup rw,memory
31 25 0:24 /part /elsewhere/part rw,relatime - cgroup cgroup rw,memory
`;

describe('parseCgroupMounts', () => {
  it('takes each hierarchy of version 1 once when both versions are mounted', () => {
    expect(parseCgroupMounts(hybrid)).toEqual({
      version: 1,
      hierarchies: [
        { mountPoint: '/sys/fs/cgroup/cpu,cpuacct', controllers: ['cpu', 'cpuacct'] },
        { mountPoint: '/sys/fs/cgroup/memory', controllers: ['memory'] },
        { mountPoint: '/sys/fs/cgroup/systemd', controllers: ['name=systemd'] },
      ],
      shadows: [{ mountPoint: '/sys/fs/cgroup/unified', controllers: [] }],
    });
  });

  it('knows a machine with version 2 only', () => {
    const text = '30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
    expect(parseCgroupMounts(text)).toEqual({
      version: 2,
      hierarchies: [{ mountPoint: '/sys/fs/cgroup', controllers: [] }],
      shadows: [],
    });
  });
});
