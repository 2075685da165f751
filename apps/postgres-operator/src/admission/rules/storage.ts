import { parseQuantity } from '@stateful/postgres-api';
import { type Rule, refuse } from '../rule.ts';

/** What may become of volumes. That `class` never changes is the CRD's rule: it needs nothing but the two objects. */
export const storageRules: readonly Rule[] = [
  {
    // By the volumes there are, not by what was once asked for: going back to their true size must work.
    name: 'storage-never-shrinks',
    field: 'spec.storage.size',
    needs: 'live',
    check: ({ spec: { storage } }, { volumeSize }) =>
      refuse(
        volumeSize !== undefined && parseQuantity(storage.size) < parseQuantity(volumeSize),
        () =>
          `a volume cannot shrink: it is "${volumeSize ?? ''}" now, "${storage.size}" is wanted; allowed is "${volumeSize ?? ''}" or more`,
      ),
  },
];
