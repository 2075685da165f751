import {
  maxNameLength,
  namePattern,
  validateSpec,
  type FieldError,
  type PostgresClusterSpec,
} from '@stateful/postgres-api';
import { type Snapshot } from './snapshot.ts';
import { volumeSizes } from './volume-size.ts';

export type CheckedSpec =
  | { readonly spec: PostgresClusterSpec; readonly errors: readonly [] }
  | { readonly spec: undefined; readonly errors: readonly FieldError[] };

/** All checks of an object against itself and against what exists. The CRD's rules run here again. */
export function checkSpec(snapshot: Snapshot): CheckedSpec {
  const { cluster, statefulSet } = snapshot;
  const sizeNow = volumeSizes(snapshot)?.largest;
  const versionNow = statefulSet?.metadata?.labels?.[versionLabel];
  const checked = validateSpec(cluster.spec, {
    versions: Object.keys(snapshot.images),
    ...(sizeNow === undefined ? {} : { storageSizeNow: sizeNow }),
    ...(versionNow === undefined ? {} : { versionNow }),
  });
  const errors = [
    ...nameErrors(cluster.metadata?.name ?? ''),
    ...checked.errors,
    ...(checked.spec?.restoreFrom?.cluster === cluster.metadata?.name && checked.spec?.restoreFrom?.cluster
      ? [
          {
            field: 'spec.restoreFrom.cluster',
            message: 'a cluster cannot be restored from itself: name another one, or a repository by `path`',
          },
        ]
      : []),
  ];
  return errors.length > 0 || !checked.spec
    ? { spec: undefined, errors }
    : { spec: checked.spec, errors: [] };
}

/** Says on the StatefulSet which version its data was made with. */
export const versionLabel = 'app.kubernetes.io/version';

function nameErrors(name: string): FieldError[] {
  const field = 'metadata.name';
  if (name.length > maxNameLength)
    return [
      { field, message: `must not be longer than ${maxNameLength} characters, "${name}" has ${name.length}` },
    ];
  if (!namePattern.test(name))
    return [
      {
        field,
        message: `must be of lower-case letters, digits and "-", and begin with a letter, not "${name}"`,
      },
    ];
  return [];
}
