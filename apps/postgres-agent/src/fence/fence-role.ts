/** By this the agent's module knows, in a thread, that it is the fence. Alone here: that thread loads little else. */
export const fenceRole = 'postgres-agent-fence';
