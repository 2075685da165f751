/** What stands in a data folder. */
export interface Places {
  /** `member`: where etcd looks. */
  readonly current: boolean;
  /** `member.pre-OP`: what stood there before. `empty`: nothing did. */
  readonly old: 'data' | 'empty' | false;
  /** `member` in the staging folder. */
  readonly staged: boolean;
}

/** One rename, or the mark that there was nothing before. */
export type Move =
  'current-to-old' | 'mark-empty' | 'staged-to-current' | 'current-to-staged' | 'old-to-current' | 'unmark';

export type SwapDecision =
  | { readonly ok: true; readonly moves: readonly Move[] }
  | { readonly ok: false; readonly code: 'NothingStaged' | 'AmbiguousData'; readonly message: string };

const moves = (...of: readonly Move[]): SwapDecision => ({ ok: true, moves: of });
const both = {
  ok: false,
  code: 'AmbiguousData',
  message:
    'there is data in its place, data kept from before and data that was made anew: nothing of ours leaves it so; look at the folder before anything else is done',
} as const;

/** What is left to do until the new data stands in its place: nothing is remembered, all is seen. Pure. */
export function decideSwap({ current, old, staged }: Places): SwapDecision {
  if (old && staged && current) return both;
  if (staged) {
    if (old) return moves('staged-to-current');
    return current ? moves('current-to-old', 'staged-to-current') : moves('mark-empty', 'staged-to-current');
  }
  if (old && current) return moves();
  return {
    ok: false,
    code: 'NothingStaged',
    message: 'no new data was made here: restore it into the staging folder first',
  };
}

/** What is left to do until the old data stands in its place again. Where nothing was ever swapped nothing is done. Pure. */
export function decideBack({ current, old, staged }: Places): SwapDecision {
  if (!old) return moves();
  if (old && staged && current) return both;
  const toOld: readonly Move[] = old === 'data' ? ['old-to-current'] : ['unmark'];
  return current ? moves('current-to-staged', ...toOld) : moves(...toOld);
}
