import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '@stateful/reconcile-sdk';

/** What docs/sdk shows is what there is. `UPDATE_DOCS=1` writes it. */
const root = join(import.meta.dirname, '../../..');
const docs = join(root, 'docs/sdk');
const isUpdating = process.env['UPDATE_DOCS'] === '1';
const read = (path: string) => readFile(join(root, path), 'utf8');

async function keep(name: string, shown: string, actual: string): Promise<void> {
  if (isUpdating) await writeFile(join(docs, name), actual);
  else expect(shown).toBe(actual);
}

describe('docs/sdk', () => {
  it('shows files of the example exactly', async () => {
    const files = new Set<string>();
    for (const name of (await readdir(docs)).filter((file) => file.endsWith('.md'))) {
      const text = await readFile(join(docs, name), 'utf8');
      let actual = '';
      let end = 0;
      for (const { 0: block, 1: path = '', index } of text.matchAll(/```ts file=(\S+)\n[\s\S]*?^```$/gm)) {
        files.add(path);
        actual += `${text.slice(end, index)}\`\`\`ts file=${path}\n${await read(path)}\`\`\``;
        end = index + block.length;
      }
      await keep(name, text, actual + text.slice(end));
    }
    // Nothing of the example is left out.
    const sources = (await readdir(join(root, 'examples/website-operator/src'))).map(
      (name) => `examples/website-operator/src/${name}`,
    );
    expect(sources.filter((path) => !files.has(path))).toEqual([]);
  });

  it('lists every metric', async () => {
    const begin = '<!-- metrics:';
    const end = '<!-- end of metrics -->';
    const text = await read('docs/sdk/observability.md');
    const afterBegin = text.indexOf('-->', text.indexOf(begin)) + '-->'.length;
    const rows = createMetrics({ prefix: 'PREFIX' })
      .describe()
      .map(({ name, type, labels, help }) => [
        `\`${name}\``,
        type,
        labels.map((label) => `\`${label}\``).join(', '),
        help.replaceAll('<', '&lt;'),
      ]);
    const table = tableOf([['Metric', 'Type', 'Labels', 'Meaning'], ...rows]);
    const actual = `${text.slice(0, afterBegin)}\n\n${table}\n\n${text.slice(text.indexOf(end))}`;
    await keep('observability.md', text, actual);
    expect(rows.length).toBeGreaterThan(60);
  });
});

/** As Prettier writes it. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[], fill: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!, fill)).join(' | ')} |`;
  const [head, ...body] = rows;
  return [
    line(head!, ' '),
    line(
      widths.map(() => ''),
      '-',
    ),
    ...body.map((row) => line(row, ' ')),
  ].join('\n');
}
