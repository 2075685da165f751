import { hasGo } from '@stateful/local-cluster';

/** Whether a real API server can run here. Says so loudly when not; where CI=true that is a failure. */
export async function canRunApiServer(what: string): Promise<boolean> {
  if (process.platform === 'linux' && (await hasGo())) return true;
  const message = `${what} was not tested against a real API server: that needs Linux and Go`;
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return false;
}

/** The first run on a machine builds Kubernetes. */
export const planeTimeoutMs = 1_800_000;
