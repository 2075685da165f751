import { resources } from '@stateful/reconcile-sdk';
import { namespace, postgresClusters, type PostgresWorld } from './world.ts';

/** What a person does who reads the status: restarts the pods that it names, one at a time, in its order. */
export async function restartAsAdvised(
  { user, clock }: Pick<PostgresWorld, 'user' | 'clock'>,
  name = 'pg',
  patienceMs = 10 * 60_000,
): Promise<void> {
  const key = { namespace, name };
  const look = async () => {
    const conditions = (await user.get(postgresClusters, key)).status?.conditions ?? [];
    return {
      advice: conditions.find(({ reason }) => reason === 'RestartPending')?.message,
      isReady: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
    };
  };
  for (let waited = 0; waited < patienceMs; waited += 1_000) {
    const { advice, isReady } = await look();
    if (advice === undefined && isReady) return;
    if (advice !== undefined && isReady)
      await user.delete(resources.pods, { namespace, name: advice.split(/[ ,]/)[0] ?? '' });
    await clock.advance(1_000);
  }
  throw new Error(`not through after ${patienceMs / 1000} s: ${(await look()).advice ?? 'not ready'}`);
}
