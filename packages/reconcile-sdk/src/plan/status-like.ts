import { type Condition } from '../status/index.ts';

/** What the engine knows of any status. */
export interface StatusLike {
  conditions?: Condition[] | undefined;
}
