import { createServer } from 'node:net';

/**
 * A loopback address of this process' own. All of 127.0.0.0/8 is the machine itself on Linux, so processes
 * that start servers at the same moment cannot take each other's ports between choosing and listening.
 */
export function loopbackAddress(pid: number, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'linux') return '127.0.0.1';
  return ['127', 64 + ((pid >>> 16) & 63), (pid >>> 8) & 255, pid & 255].join('.');
}

const handedOut = new Set<number>();

/** A port that is free at this address and that this process has not been given before. */
export async function freePort(address: string): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(0, address, () => {
        const bound = server.address();
        server.close(() => {
          if (bound === null || typeof bound === 'string') reject(new Error('no port was bound'));
          else resolve(bound.port);
        });
      });
    });
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    return port;
  }
}
