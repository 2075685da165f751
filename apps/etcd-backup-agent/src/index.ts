/** The agent is a program (src/main.ts); what its commands do can be used by tests. */
export { fetchSnapshot, type FetchOptions } from './fetch/fetch.ts';
export { type Expected } from './fetch/expected.ts';
