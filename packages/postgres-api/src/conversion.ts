import { stash, unstash, type Convertible } from '@stateful/crd-kit';
import { retentionDays } from './backup-retention.ts';
import { postgresClusterSpecV1alpha1Schema } from './postgres-cluster-v1alpha1.ts';
import { postgresClusterSpecSchema } from './postgres-cluster-v1beta1.ts';

/** Where an older version keeps what it has no field for. */
export const conversionDataAnnotation = 'db.example.com/conversion-data';

type Fields = Record<string, unknown>;
type Entry = [string, unknown];
type Converted = Convertible & { spec?: unknown };

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** Fields that only the hub has; `backupRetention` is `retentionDays` there, and stashed only for its unit. */
const hubOnly = new Set(
  Object.keys(postgresClusterSpecSchema.shape).filter(
    (field) => field !== 'backupRetention' && !Object.hasOwn(postgresClusterSpecV1alpha1Schema.shape, field),
  ),
);

/**
 * v1alpha1 to v1beta1. Total: what is not as the schema says passes through as it is. Where an edit of the older
 * version and what was stashed disagree, the edit wins.
 */
function toHub<T extends Converted>(old: T): T {
  if (!isFields(old.spec)) return old;
  const { object, data } = unstash(old, conversionDataAnnotation);
  const { retentionDays: days, ...spec } = old.spec;
  const stashed = data['backupRetention'];
  const stashedDays = retentionDays(stashed);
  const asText = `${String(days)}d`;
  const retention: Entry[] =
    days === undefined
      ? []
      : stashedDays !== undefined && stashedDays === days
        ? [['backupRetention', stashed]]
        : retentionDays(asText) === days
          ? [['backupRetention', asText]]
          : [['retentionDays', days]];
  const restored = Object.entries(data).filter(([field]) => hubOnly.has(field));
  return {
    ...object,
    spec: Object.fromEntries([...restored, ...Object.entries(spec), ...retention]),
  };
}

/** v1beta1 to v1alpha1; the inverse of `toHub`. */
function fromHub<T extends Converted>(hub: T): T {
  if (!isFields(hub.spec)) return hub;
  const { backupRetention, ...spec } = hub.spec;
  const days = retentionDays(backupRetention);
  const retention: Entry[] =
    backupRetention === undefined
      ? []
      : days === undefined
        ? [['backupRetention', backupRetention]]
        : [['retentionDays', days]];
  const hasUnit = days !== undefined && backupRetention !== `${days}d`;
  const fields = Object.entries(spec);
  const data = Object.fromEntries([
    ...fields.filter(([field]) => hubOnly.has(field)),
    ...(hasUnit ? [['backupRetention', backupRetention] as Entry] : []),
  ]);
  const stashed = stash(hub, conversionDataAnnotation, data);
  return {
    ...stashed,
    spec: Object.fromEntries([...fields.filter(([field]) => !hubOnly.has(field)), ...retention]),
  };
}

/** Each older version's way to the hub, v1beta1, and back. Pure, total, and each the inverse of the other. */
export const postgresClusterConversion = { v1alpha1: { toHub, fromHub } };
