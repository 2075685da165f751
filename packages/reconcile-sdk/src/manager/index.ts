/**
 * Puts the parts together: shared caches, controllers, election, metrics and probes, started and stopped in
 * order.
 */
export { createManager, type Manager, type ManagerOptions } from './manager.ts';
export { type ControllerContext, type ControllerDefinition, type ControllerSettings } from './definition.ts';
export { type Explanation } from './explain.ts';
export { type Runnable } from './runnable.ts';
export { type Ports } from './servers.ts';
export { webhookRunnable, type WebhookRunnableOptions } from './webhook-runnable.ts';
