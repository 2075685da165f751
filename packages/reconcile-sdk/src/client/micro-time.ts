/** A wall-clock time as Kubernetes' MicroTime: RFC 3339 with exactly six digits, which the API server insists on. */
export const microTime = (wallMs: number): string => new Date(wallMs).toISOString().replace('Z', '000Z');

/** A wall-clock time as Kubernetes' Time: RFC 3339 in whole seconds. */
export const kubeTime = (wallMs: number): string => new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
