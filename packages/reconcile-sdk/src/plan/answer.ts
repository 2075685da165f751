/**
 * An answer about the world. `unknown`: it could not be had. Unknown never counts as done, ready or gone: it holds
 * what waits for it, and no deadline.
 */
export type Answer = boolean | 'unknown';
