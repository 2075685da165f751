/** One process leads. Its writes are fenced by a deadline on its own monotonic clock that ends before the Lease does. */
export { createElector, type Elector, type ElectorOptions } from './elector.ts';
export {
  decideLease,
  observeLease,
  type LeaseDecision,
  type LeaseObservation,
  type LeaseView,
} from './lease-machine.ts';
