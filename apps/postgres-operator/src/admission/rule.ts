import { type PostgresClusterSpec } from '@stateful/postgres-api';

/** What exists of a cluster at the moment, read from its children rather than from what somebody once asked for. */
export interface Live {
  /** The version that the instances were made with; undefined before they were. */
  readonly version: string | undefined;
  /** Size of the largest volume, as a quantity; undefined before there are volumes. */
  readonly volumeSize: string | undefined;
  /** How many instances the StatefulSet is told to have; undefined before it exists. */
  readonly replicas: number | undefined;
  /** Pods of instances, by name. */
  readonly instances: ReadonlyMap<string, { readonly isReady: boolean }>;
}

/** An answer that could not be had is a value of its own; it never counts as "nothing there". */
export type LiveFacts =
  { readonly kind: 'known'; readonly live: Live } | { readonly kind: 'unknown'; readonly why: string };

/** A cluster as it is wanted now, all that changes in it at once. */
export interface Change {
  readonly name: string;
  readonly spec: PostgresClusterSpec;
  /** As it was wanted before. Undefined: it is new, or (in reconcile) only what exists counts. */
  readonly before: PostgresClusterSpec | undefined;
  /** The version in which it was asked for; absent: the one that code works with. */
  readonly saidIn?: string | undefined;
  /** Whether the cluster was ever initialised. */
  readonly hasData: boolean;
  /** Versions that this operator has images for. */
  readonly versions: readonly string[];
}

/** What one rule says of one field: what is allowed, and which value is not. */
export interface Refusal {
  /** When it is another than the rule's own, such as `spec.parameters.port`. */
  readonly field?: string;
  readonly message: string;
}

interface RuleBase {
  /** For people, documentation and conditions; never changed once released. */
  readonly name: string;
  /** The field that a refusal names. */
  readonly field: string;
  /**
   * Further fields that it looks at. An update that changes none of them is not judged by this rule: what was let in
   * before the rule was there, or while nobody judged, must not stand in the way of every other change.
   */
  readonly alsoFields?: readonly string[];
  /**
   * What reconcile does about an object that breaks it: `spec` (default) carries out nothing of it, `size` goes on
   * with everything but the removal of instances.
   */
  readonly holds?: 'spec' | 'size';
}

/** Decided by the object alone. */
export interface StaticRule extends RuleBase {
  readonly needs?: 'nothing';
  readonly check: (change: Change) => readonly Refusal[];
}

/** Decided by what exists. Where that cannot be known it refuses, unless the object says to go on without. */
export interface LiveRule extends RuleBase {
  readonly needs: 'live';
  readonly check: (change: Change, live: Live) => readonly Refusal[];
}

/** One thing that must hold of a PostgresCluster, or of a change to one. */
export type Rule = StaticRule | LiveRule;

/** One refusal with the rule that it comes from. */
export interface Problem {
  readonly rule: string;
  readonly field: string;
  readonly message: string;
}

/** The usual answer of a check. */
export const refuse = (isWrong: boolean, message: () => string): readonly Refusal[] =>
  isWrong ? [{ message: message() }] : [];
