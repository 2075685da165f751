import { createHash } from 'node:crypto';

/** 40 hexadecimal digits that depend on nothing but these: the same after any crash. */
export const idempotencyKey = (uid: string, operationId: string, step: string, purpose: string): string =>
  createHash('sha256')
    .update(JSON.stringify([uid, operationId, step, purpose]))
    .digest('hex')
    .slice(0, 40);
