import { type LivePod } from './kinds.ts';

/** What can go wrong with a pod. */
export type PodTrouble =
  /** No node takes it. */
  | { readonly kind: 'unschedulable' }
  | { readonly kind: 'image-pull' }
  /** Its containers end again after a while. */
  | {
      readonly kind: 'crash-loop';
      readonly afterMs?: number;
      readonly exitCode?: number;
      readonly message?: string;
    }
  /** Runs, but is never ready. */
  | { readonly kind: 'not-ready' }
  | { readonly kind: 'slow-ready'; readonly readyMs: number }
  /** Nobody ever confirms that it has stopped. */
  | { readonly kind: 'stuck-terminating' };

/** A trouble and whom it befalls. */
export interface Planted {
  readonly trouble: PodTrouble;
  readonly befalls: (pod: LivePod) => boolean;
}

/** The first trouble of a kind that befalls a pod. */
export function troubleOf<K extends PodTrouble['kind']>(
  planted: Iterable<Planted>,
  pod: LivePod,
  kind: K,
): Extract<PodTrouble, { kind: K }> | undefined {
  for (const { trouble, befalls } of planted) {
    if (trouble.kind === kind && befalls(pod)) return trouble as Extract<PodTrouble, { kind: K }>;
  }
  return undefined;
}
