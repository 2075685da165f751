/** Onto volumes. */
export const restoreKind = 'restore';
/** Only to see whether it would work. */
export const drillKind = 'drill';
