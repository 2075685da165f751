import { names, type PostgresClusterSpec } from '@stateful/postgres-api';
import { type Rule, refuse } from '../rule.ts';

/** What `synchronous` means when it is not set. */
export const synchronousOf = ({
  synchronous,
  replicas,
}: Pick<PostgresClusterSpec, 'synchronous' | 'replicas'>): NonNullable<PostgresClusterSpec['synchronous']> =>
  synchronous ?? (replicas >= 3 ? 'Required' : 'Preferred');

/** How many instances must work for writes to go on: the primary and those that acknowledge (half, rounded down). */
const neededFor = (spec: PostgresClusterSpec): number =>
  synchronousOf(spec) === 'Required' ? Math.floor(spec.replicas / 2) + 1 : 1;

/** What synchronous replication needs of the number of instances. */
export const replicationRules: readonly Rule[] = [
  {
    name: 'required-needs-three',
    field: 'spec.synchronous',
    alsoFields: ['spec.replicas'],
    check: ({ spec }) =>
      refuse(
        spec.synchronous === 'Required' && spec.replicas < 3,
        () =>
          `\`Required\` needs at least 3 instances, or every failure of one stops all writes; \`spec.replicas\` is ${spec.replicas}`,
      ),
  },
  {
    name: 'shrink-keeps-quorum',
    field: 'spec.replicas',
    alsoFields: ['spec.synchronous'],
    needs: 'live',
    holds: 'size',
    check: ({ name, spec, hasData }, { replicas, instances }) => {
      if (!hasData || replicas === undefined || replicas <= spec.replicas) return [];
      const staying = Array.from({ length: spec.replicas }, (_, ordinal) => names.instance(name, ordinal));
      const ready = staying.filter((instance) => instances.get(instance)?.isReady === true);
      const needed = neededFor(spec);
      return refuse(ready.length < needed, () => {
        const away = staying.filter((instance) => !ready.includes(instance)).join(', ');
        const why =
          synchronousOf(spec) === 'Required'
            ? `writes with \`synchronous: Required\` need ${needed}`
            : `one must be able to go on`;
        const lower =
          synchronousOf(spec) === 'Required'
            ? ', or set `spec.synchronous` to `Preferred` in the same change'
            : '';
        return `cannot go from ${replicas} to ${spec.replicas} instances: of those that stay ${ready.length} ${ready.length === 1 ? 'is' : 'are'} ready (not ready: ${away}), ${why}; wait until they are ready${lower}`;
      });
    },
  },
];
