/** The agent is a program (src/main.ts); its election can be used by tests and simulations. */
export { createKernel, fenceAt, step, stopped, wish } from './election/kernel.ts';
