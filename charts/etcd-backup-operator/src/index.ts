/** The chart's values and alerts, and what its generated files are made from. */
export { alerts, runbookOf, type Alert } from './alerts.ts';
export { dashboard } from './dashboard.ts';
export { chart } from './chart.ts';
export { valuesSchema, type Values } from './values.ts';
