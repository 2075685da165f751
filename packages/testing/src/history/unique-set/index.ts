/** Unique rows inserted and read in the end: what was lost, doubled or invented, and when. */
export { checkUniqueSet, type SetEvent, type SetValue, type SetVerdict, type Window } from './check.ts';
