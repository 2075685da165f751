import { type KubeClient, type Resource } from '@stateful/reconcile-sdk';
import { type OperatorUnderTest, type World } from '../simulation/index.ts';

/** What is tried: an operator, the world that it lives in, and what of it counts. */
export interface SystemUnderTest {
  readonly operator: OperatorUnderTest;
  /** Makes what is outside; called for each world, so nothing may outlive it. */
  readonly setUp: (world: World) => Promise<void> | void;
  /** The kind that people write. */
  readonly parents: Resource;
  /** Kinds whose objects are compared and whose creations and deletions are counted. */
  readonly managed: readonly Resource[];
  /** What is outside the API server and has to end the same, as JSON. */
  readonly outside?: (world: World) => unknown;
  /** Takes out of an object what may differ from run to run. */
  readonly mask?: (object: object) => object;
}

/** One thing that people do. */
export interface Step {
  readonly name: string;
  readonly run: (users: KubeClient, world: World) => Promise<unknown>;
}

/** What people do one after the other, each when the operator has come to rest. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}
