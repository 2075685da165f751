/**
 * One process leads. The Lease is renewed in a thread, so a busy event loop does not lose it; every write is fenced
 * by a deadline on the machine's monotonic clock that ends before the Lease does, and what is under way then is cut.
 *
 * What this cannot do, because only the server could: stop bytes that a switch or proxy already holds, or that the
 * kernel of a killed or frozen process still sends into a network that comes back; notice that the whole machine
 * was suspended before its next renewal; keep two apart when somebody deletes a held Lease. What must not happen
 * twice therefore carries a UID or a resourceVersion as well.
 */
export { createElector, type ElectionFact, type Elector, type ElectorOptions } from './elector.ts';
export { type ElectionTimes } from './times.ts';
