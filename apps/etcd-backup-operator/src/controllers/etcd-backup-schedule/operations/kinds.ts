/** Operations of a schedule, by what they do. */
export const runKind = 'run';
export const verifyKind = 'verify';
export const retentionKind = 'retention';
export const historyKind = 'history';
