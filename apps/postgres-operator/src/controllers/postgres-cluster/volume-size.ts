import { parseQuantity } from '@stateful/postgres-api';
import { type Snapshot } from './snapshot.ts';

export interface VolumeSizes {
  /** What an instance that lags behind has; decides whether growing is done. */
  readonly smallest: string;
  /** What no spec may go below. */
  readonly largest: string;
}

/** Sizes of the volumes there are: what their claims ask for, and what new ones would. Undefined before the first. */
export function volumeSizes({
  volumes,
  statefulSet,
}: Pick<Snapshot, 'volumes' | 'statefulSet'>): VolumeSizes | undefined {
  const template = requested(statefulSet?.spec?.volumeClaimTemplates?.[0]);
  const claims = volumes.map(requested).filter((size) => size !== undefined);
  const all = [...claims, ...(template === undefined ? [] : [template])].sort((a, b) =>
    parseQuantity(a) < parseQuantity(b) ? -1 : 1,
  );
  const largest = all.at(-1);
  const smallest = claims.length > 0 ? all.find((size) => claims.includes(size)) : template;
  return statefulSet && largest !== undefined && smallest !== undefined ? { smallest, largest } : undefined;
}

/** Undefined also when it cannot be compared: somebody else's quantity, such as `1.5Gi`. */
function requested(
  claim: { spec?: { resources?: { requests?: Record<string, string> } } } | undefined,
): string | undefined {
  const size = claim?.spec?.resources?.requests?.['storage'];
  if (size === undefined) return undefined;
  try {
    parseQuantity(size);
    return size;
  } catch {
    return undefined;
  }
}
