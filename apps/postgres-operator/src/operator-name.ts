/** Of the program: field manager, event source, prefix of metrics, name of the leader's Lease. */
export const operatorName = 'postgres-operator';
