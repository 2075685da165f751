export const postgresPort = 5432;
/** Probes and metrics of the agent. */
export const agentPort = 8008;
