/**
 * The Postgres operator as a library: its plan for the engine, and the rights that its chart renders.
 * `main.ts` is the program.
 */
export { postgresClusterPlan } from './controllers/postgres-cluster/definition.ts';
export { leaderElectionRules, operatorRules } from './rbac.ts';
export { postgresClusters } from './postgres-clusters.ts';
export { operatorCommand, parseOptions, type OperatorOptions } from './options.ts';
export { randomPasswords, type Passwords } from './ports/passwords.ts';
