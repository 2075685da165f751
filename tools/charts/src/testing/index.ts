/** Tests that hold for every chart, and what the tests of one chart are made of. */
export { describeRendering, type Rendering } from './describe-rendering.ts';
export { describeSources } from './describe-sources.ts';
export { canRunHelm, helm, helmMajors, render, setting, type HelmMajor, type Rendered } from './helm.ts';
export { get, kubectl, type Seen } from './kubectl.ts';
export { startOperator, type OperatorProcess } from './operator-process.ts';
export { argsOf, named, one, podOf, type PodSpec } from './rendered.ts';
