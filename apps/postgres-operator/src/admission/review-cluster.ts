import { isDeepStrictEqual } from 'node:util';
import { type PostgresCluster } from '@stateful/postgres-api';
import {
  resources,
  type KubeClient,
  type KubeObject,
  type Resource,
  type Verdict,
} from '@stateful/reconcile-sdk';
import { postgresClusters } from '../postgres-clusters.ts';
import { adviceOn, type Presence } from './advice.ts';
import { decodeSpec, judge, needsLive } from './judge.ts';
import { withoutFacts } from './override.ts';
import { readLive } from './read-live.ts';
import { type Change, type LiveFacts, type Problem } from './rule.ts';
import { clusterRules } from './rules.ts';

export interface AdmissionOptions {
  /** Reads only. */
  readonly client: KubeClient;
  /** Versions that there are images for. */
  readonly versions: readonly string[];
}

/** Nothing is asked for longer: advice is not worth a late answer. */
const adviceTimeoutMs = 1_000;

/** Judges a cluster as somebody wants it, with all that changes in it at once. */
export async function reviewCluster(
  object: PostgresCluster,
  oldObject: PostgresCluster | undefined,
  { signal, requestVersion }: { signal: AbortSignal; requestVersion: string | undefined },
  { client, versions }: AdmissionOptions,
): Promise<Verdict> {
  const { name = '', namespace = '', uid = '', deletionTimestamp, generation } = object.metadata ?? {};
  // Labels, annotations and finalizers are nobody's business here; least of all those of an object that goes.
  if (oldObject && (deletionTimestamp || isDeepStrictEqual(object.spec, oldObject.spec)))
    return { allowed: true };
  const { spec, problems } = decodeSpec(object.spec);
  if (!spec) return refusal(name, problems);
  const status = object.status ?? oldObject?.status;
  const change: Change = {
    name,
    spec,
    // What was wanted before need not be valid: then everything counts as changed.
    before: oldObject && decodeSpec(oldObject.spec).spec,
    saidIn: requestVersion,
    hasData: status?.systemIdentifier !== undefined,
    versions,
  };
  const nothing: LiveFacts = {
    kind: 'known',
    live: { version: undefined, volumeSize: undefined, replicas: undefined, instances: new Map() },
  };
  const facts =
    oldObject && needsLive(clusterRules, change)
      ? await readLive(client, { namespace, name, uid }, signal)
      : nothing;
  const found = judge({
    rules: clusterRules,
    change,
    facts,
    withoutFacts: withoutFacts(object.metadata, generation ?? 1),
  });
  if (found.length > 0) return refusal(name, found);

  const isThere = async (resource: Resource, wanted: string | undefined): Promise<Presence> =>
    wanted === undefined ? 'present' : presence(client, resource, { namespace, name: wanted }, signal);
  const [credentials, restoreSource] = await Promise.all([
    isThere(resources.secrets, spec.backupStore?.credentialsSecret),
    isThere(postgresClusters, change.hasData ? undefined : spec.restoreFrom?.cluster),
  ]);
  return {
    allowed: true,
    warnings: adviceOn({ name, spec, before: change.before, status, credentials, restoreSource }),
  };
}

async function presence(
  client: KubeClient,
  resource: Resource,
  key: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<Presence> {
  try {
    const found: KubeObject | undefined = await client.find(resource, key, {
      signal,
      timeoutMs: adviceTimeoutMs,
      metadataOnly: true,
    });
    return found ? 'present' : 'absent';
  } catch {
    return 'unknown';
  }
}

const refusal = (name: string, problems: readonly Problem[]): Verdict => ({
  denied: `PostgresCluster "${name}" cannot be so`,
  fields: problems.map(({ rule, field, message }) => ({ field, message: `${message} (rule ${rule})` })),
});
