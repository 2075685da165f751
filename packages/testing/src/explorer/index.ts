/** Tries an operator at every point of its life: what must hold holds after every crash, lost answer and old view. */
export {
  counterExampleText,
  crashes,
  explore,
  replay,
  type CounterExample,
  type Exploration,
  type ExploreOptions,
  type Strikes,
} from './explore.ts';
export {
  alive,
  converges,
  goesQuiet,
  guarded,
  honest,
  noEmptyWrites,
  oracles,
  sameCounts,
  type Oracle,
} from './oracles.ts';
export { differences, takePicture, type Picture } from './picture.ts';
export { runScenario, type Run, type RunOptions } from './run.ts';
export { type Scenario, type Step, type SystemUnderTest } from './system.ts';
export { catalogue, staleRestarts, type CatalogueEntry, type Lives } from './catalogue.ts';
export { findings } from './findings.ts';
export { countsOf, type Counts } from './counts.ts';
export { mutationsOf, type MutableSchema, type Mutation } from './mutations.ts';
export { runChain, type ChainOptions, type ChainResult } from './property-chains.ts';
export { stateSearch, type Bounds } from './search.ts';
export { liveThroughIllness, type IllnessOptions, type IllnessRates } from './illness.ts';
