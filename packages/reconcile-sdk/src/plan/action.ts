import { type KubeObject, type ObjectKey, type Resource } from '../client/index.ts';
import { type DesiredChild, type GuardedDelete, type Waiting } from './child.ts';

interface About {
  readonly resource: Resource;
  readonly key: ObjectKey;
  /** For people. */
  readonly why: string;
}

/** A write of a child: the object as it is to be sent. `live` is what it was compared with. */
export interface WriteAction extends About {
  readonly verb: 'create' | 'apply' | 'shrink' | 'adopt';
  readonly desired: DesiredChild;
  readonly object: KubeObject;
  readonly live?: KubeObject;
  /** The first path that differs. */
  readonly path?: string;
}

/**
 * What the engine would do about one child. `leave` and `wait` do nothing; `foreign` is reported; `shrink` is an
 * apply that destroys, `adopt` one that takes a foreign object over on request.
 */
export type Action =
  | WriteAction
  | (About & { readonly verb: 'delete'; readonly wanted: GuardedDelete })
  | (About & { readonly verb: 'leave' })
  | (About & { readonly verb: 'foreign' })
  | (About & { readonly verb: 'wait'; readonly waiting: readonly Waiting[] });
