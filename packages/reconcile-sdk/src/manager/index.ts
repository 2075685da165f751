/**
 * Puts the parts together: shared caches, controllers, election, metrics and probes, started and stopped in
 * order.
 */
export { createManager, type Manager, type ManagerOptions } from './manager.ts';
export { createInformer, type Informer, type InformerOptions } from './informer.ts';
