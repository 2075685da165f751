import { type PostgresClusterSpec } from '@stateful/postgres-api';
import { decodeSpec, judge, problemText } from '../../admission/judge.ts';
import { liveOf } from '../../admission/live.ts';
import { type Change, type Problem } from '../../admission/rule.ts';
import { clusterRules } from '../../admission/rules.ts';
import { hasData, type Snapshot } from './snapshot.ts';

export type CheckedSpec =
  | { readonly spec: PostgresClusterSpec; readonly problems: readonly [] }
  | { readonly spec: undefined; readonly problems: readonly Problem[] };

/**
 * The rules of admission once more, against what exists: an object may be older than a rule, or have come while no
 * webhook was there to refuse it.
 */
export function checkSpec(snapshot: Snapshot): CheckedSpec {
  const decoded = decodeSpec(snapshot.cluster.spec);
  if (!decoded.spec) return decoded;
  const problems = broken(snapshot, decoded.spec, 'spec');
  return problems.length > 0 ? { spec: undefined, problems } : { spec: decoded.spec, problems: [] };
}

/** Why no instance may be removed now, by the rules of admission; undefined: nothing is against it. */
export function whyNoShrink(snapshot: Snapshot, spec: PostgresClusterSpec): string | undefined {
  const [problem] = broken(snapshot, spec, 'size');
  return problem && problemText(problem);
}

function broken(snapshot: Snapshot, spec: PostgresClusterSpec, held: 'spec' | 'size'): Problem[] {
  const change: Change = {
    name: snapshot.cluster.metadata?.name ?? '',
    spec,
    before: undefined,
    hasData: hasData(snapshot),
    versions: Object.keys(snapshot.images),
  };
  return judge({
    rules: clusterRules.filter(({ holds = 'spec' }) => holds === held),
    change,
    facts: { kind: 'known', live: liveOf(snapshot) },
    withoutFacts: undefined,
  });
}
