/** The chart's values, and what its generated files are made from. */
export { chart } from './chart.ts';
export { valuesSchema, type Values } from './values.ts';
