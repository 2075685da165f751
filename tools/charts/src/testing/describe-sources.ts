import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type ChartSource } from '../generate/chart-source.ts';
import { formatted } from '../generate/formatted.ts';
import { generatedFiles } from '../generate/generated-files.ts';
import { readmeTable } from '../values/readme-table.ts';
import { valueFields, type ValueField } from '../values/value-fields.ts';
import { valuesYaml } from '../values/values-yaml.ts';

const leaves = (fields: readonly ValueField[]): ValueField[] =>
  fields.flatMap((field) => (field.fields.length > 0 ? leaves(field.fields) : [field]));

/** What holds for the files of every chart: fresh, and every value described. */
export function describeSources(chart: ChartSource): void {
  const { folder, name, values } = chart;
  const read = (path: string): Promise<string> => readFile(join(folder, path), 'utf8');

  describe('generated files', () => {
    it(`are fresh: run \`nx run ${name}-chart:generate\` when this fails`, async () => {
      for (const { path, content } of generatedFiles(chart, await read('README.md'))) {
        expect({ path, content: await read(path) }).toEqual({
          path,
          content: await formatted(join(folder, path), content),
        });
      }
    });

    it('need the marks in the README', () => {
      expect(() => generatedFiles(chart, '# A README')).toThrow('README.md has no');
    });
  });

  describe('the values', () => {
    it('are the same in values.yaml and in the schema', () => {
      expect(parse(valuesYaml(values))).toEqual(values.parse({}));
    });

    it('are all described', () => {
      for (const { path, description } of leaves(valueFields(values))) {
        expect({ path, isDescribed: description.endsWith('.') }).toEqual({ path, isDescribed: true });
      }
    });

    it('are all in the table', () => {
      for (const { path } of leaves(valueFields(values))) {
        expect(readmeTable(values)).toContain(`| \`${path}\` |`);
      }
    });
  });
}
