/** The chart's values, and everything in the chart that is generated rather than written by hand. */
export { valuesSchema, type Values } from './values.ts';
export { generatedFiles } from './generated-files.ts';
