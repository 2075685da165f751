/** What the charts of all operators share: their values, their templates, and how their files are made from the sources. */
export {
  type ChartSource,
  type GeneratedFile,
  type GeneratorTools,
  type PolicyRule,
} from './generate/chart-source.ts';
export { formatted } from './generate/formatted.ts';
export { generatedFiles } from './generate/generated-files.ts';
export { writeChart } from './generate/write-chart.ts';
export { kubernetesName, operatorValues, passedOn, texts } from './values/operator-values.ts';
export { readmeTable } from './values/readme-table.ts';
export { valueFields, type ValueField } from './values/value-fields.ts';
export { valuesYaml } from './values/values-yaml.ts';
