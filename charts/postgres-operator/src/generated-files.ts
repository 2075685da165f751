import { customResourceDefinitions } from '@stateful/postgres-api';
import {
  allNamespacesRules,
  leaderElectionRules,
  operatorRules,
  webhookObjects,
  webhookServerRules,
} from '@stateful/postgres-operator';
import { stringify } from 'yaml';
import * as z from 'zod';
import { readmeTable } from './readme-table.ts';
import { valuesYaml } from './values-yaml.ts';
import { valuesSchema } from './values.ts';

/** A file of the chart that is made from something else. Paths are relative to the chart. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

const from = (source: string): string =>
  `Generated from ${source}: run \`nx run postgres-operator-chart:generate\`.`;
/** Helm and kubectl read YAML 1.1, where more words need quotes. */
const yaml = (value: unknown): string =>
  stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });

/** Stand for names that only a release knows; the templates put those in their place. */
const serviceName = 'SERVICE_NAME';
const serviceNamespace = 'SERVICE_NAMESPACE';

/** All generated files. `readme` is the README as it stands: only the part between its marks is replaced. */
export function generatedFiles(readme: string): GeneratedFile[] {
  return [
    ...customResourceDefinitions().map((crd) => ({
      path: `files/crds/${crd.metadata.name}.yaml`,
      content: `# ${from('packages/postgres-api')}\n${yaml(crd)}`,
    })),
    {
      path: 'files/rbac.yaml',
      content: `# ${from('apps/postgres-operator/src/rbac.ts')}\n${yaml({
        operator: operatorRules,
        allNamespaces: allNamespacesRules,
        leaderElection: leaderElectionRules,
        webhooks: webhookServerRules(serviceName),
      })}`,
    },
    {
      path: 'files/webhooks.yaml',
      content: `# ${from('apps/postgres-operator/src/webhook-objects.ts')}\n${yaml(
        webhookObjects(serviceName, { namespace: serviceNamespace }),
      )}`,
    },
    { path: 'values.yaml', content: `# ${from('src/values.ts')}\n\n${valuesYaml(valuesSchema)}` },
    {
      path: 'values.schema.json',
      content: `${JSON.stringify(
        z.toJSONSchema(valuesSchema, { target: 'draft-7', io: 'input', unrepresentable: 'throw' }),
        null,
        2,
      )}\n`,
    },
    { path: 'README.md', content: withTable(readme, readmeTable(valuesSchema)) },
  ];
}

const begin = '<!-- values: generated -->';
const end = '<!-- /values -->';

function withTable(readme: string, table: string): string {
  const [before, rest] = readme.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${begin} … ${end}`);
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}
