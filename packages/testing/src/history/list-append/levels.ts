/**
 * Consistency levels, weakest first. `repeatable-read` is Adya's PL-2.99; what Postgres calls by that name is
 * snapshot isolation. `strong-` adds: who begins after another's acknowledgement sees it.
 */
export const levels = [
  'read-uncommitted',
  'read-committed',
  'strong-read-committed',
  'snapshot-isolation',
  'strong-snapshot-isolation',
  'repeatable-read',
  'serializable',
  'strict-serializable',
] as const;
export type Level = (typeof levels)[number];

/** Each level's next stronger ones. */
const stronger: Record<Level, readonly Level[]> = {
  'read-uncommitted': ['read-committed'],
  'read-committed': ['strong-read-committed', 'snapshot-isolation', 'repeatable-read'],
  'strong-read-committed': ['strong-snapshot-isolation'],
  'snapshot-isolation': ['strong-snapshot-isolation', 'serializable'],
  'strong-snapshot-isolation': ['strict-serializable'],
  'repeatable-read': ['serializable'],
  serializable: ['strict-serializable'],
  'strict-serializable': [],
};

/** The weakest levels that each anomaly rules out (Adya's thesis; names of cycles as Elle uses them). */
const weakest = {
  'lost-append': ['read-uncommitted'],
  'duplicate-element': ['read-uncommitted'],
  'unwritten-read': ['read-uncommitted'],
  'incompatible-order': ['read-uncommitted'],
  internal: ['snapshot-isolation', 'repeatable-read'],
  G1a: ['read-committed'],
  G1b: ['read-committed'],
  G0: ['read-uncommitted'],
  G1c: ['read-committed'],
  'G-single': ['snapshot-isolation', 'repeatable-read'],
  'G-nonadjacent': ['snapshot-isolation', 'repeatable-read'],
  'G2-item': ['repeatable-read'],
  'G0-realtime': ['strong-read-committed'],
  'G1c-realtime': ['strong-read-committed'],
  'G-single-realtime': ['strong-snapshot-isolation'],
  'G-nonadjacent-realtime': ['strong-snapshot-isolation'],
  'G2-item-realtime': ['strict-serializable'],
} as const satisfies Record<string, readonly Level[]>;
export type AnomalyName = keyof typeof weakest;

/** All levels that cannot hold once this anomaly has been seen, weakest first. */
export function rulesOut(name: AnomalyName): readonly Level[] {
  return ruledOutBy.get(name)!;
}

const ruledOutBy = new Map<string, readonly Level[]>(
  Object.entries(weakest).map(([name, start]) => {
    const found = new Set<Level>();
    const visit = (level: Level): void => {
      found.add(level);
      stronger[level].forEach(visit);
    };
    start.forEach(visit);
    return [name, levels.filter((level) => found.has(level))];
  }),
);
