import { hasGo } from '../build/go-toolchain.ts';

/** Whether `startControlPlane` can work here. Says so loudly when not; where CI=true that is a failure. */
export async function canRunControlPlane(what: string): Promise<boolean> {
  if (process.platform === 'linux' && (await hasGo())) return true;
  const message = `${what} was not tested against a real API server: that needs Linux and Go`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return false;
}

/** For the start of a control plane in a test: the first run on a machine builds Kubernetes. Milliseconds. */
export const firstStartTimeoutMs = 1_800_000;
