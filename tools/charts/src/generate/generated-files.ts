import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import * as z from 'zod';
import { readmeTable } from '../values/readme-table.ts';
import { valuesYaml } from '../values/values-yaml.ts';
import { type ChartSource, type GeneratedFile, type GeneratorTools } from './chart-source.ts';
import { rulesForPeople } from './rules-for-people.ts';

const templates = join(import.meta.dirname, '../../templates');

const yaml = (value: unknown): string =>
  stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });

/** All generated files. `readme` is the README as it stands: only the part between its marks is replaced. */
export function generatedFiles(chart: ChartSource, readme: string): GeneratedFile[] {
  const { name, values, crds, sharedCrds = [], rbac } = chart;
  const tools: GeneratorTools = {
    from: (source) => `Generated from ${source}: run \`nx run ${name}-chart:generate\`.`,
    yaml,
  };
  const { from } = tools;
  return [
    ...sharedTemplates(name, from('tools/charts/templates')),
    ...crds.map((crd) => ({
      path: `files/crds/${sharedCrds.includes(crd.metadata.name) ? 'shared/' : ''}${crd.metadata.name}.yaml`,
      content: `# ${from('the schemas of the kinds in packages')}\n${yaml(crd)}`,
    })),
    {
      path: 'files/rbac.yaml',
      content: `# ${from(`apps/${name}/src/rbac.ts`)}\n${yaml({ ...rbac, ...rulesForPeople(crds) })}`,
    },
    ...(chart.files?.(tools) ?? []),
    { path: 'values.yaml', content: `# ${from('src/values.ts')}\n\n${valuesYaml(values)}` },
    {
      path: 'values.schema.json',
      content: `${JSON.stringify(
        z.toJSONSchema(values, { target: 'draft-7', io: 'input', unrepresentable: 'throw' }),
        null,
        2,
      )}\n`,
    },
    { path: 'README.md', content: withTable(readme, readmeTable(values)) },
  ];
}

/**
 * What is the same in all charts. Copies, because a chart must be whole by itself; with the chart's name in those of the named
 * templates, which Helm keeps in one place for a chart and all it depends on.
 */
const sharedTemplates = (name: string, from: string): GeneratedFile[] =>
  readdirSync(templates)
    .sort()
    .map((file) => ({
      path: `templates/${file}`,
      content: `{{- /* ${from} */ -}}\n${readFileSync(join(templates, file), 'utf8').replaceAll('CHART.', `${name}.`)}`,
    }));

const begin = '<!-- values: generated -->';
const end = '<!-- /values -->';

function withTable(readme: string, table: string): string {
  const [before, rest] = readme.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${begin} … ${end}`);
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}
