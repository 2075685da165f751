/**
 * The rest of a cluster around the in-process API server: StatefulSets, Deployments, Jobs, pods, volumes and nodes
 * that do what the real controllers do, on a clock that a test owns, with troubles that a test plants.
 */
export { runSimulators, type Simulation, type SimulationOptions } from './simulation.ts';
export { usualTimes, type Times } from './times.ts';
export { type PodTrouble } from './trouble.ts';
export { type Container, type Program, type StartProgram, type ToldStatuses } from './pod/program.ts';
export { type Live, type LiveClaim, type LivePod } from './kinds.ts';
export { type Objects } from './objects.ts';
