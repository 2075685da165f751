import { describe, expect, it } from '@jest/globals';
import { referencePages } from './reference.ts';
import { committedPages, laidOutPages } from './write-reference.ts';
import { kinds } from './kinds.ts';

describe('the API reference', () => {
  it('is as the schemas say; `nx run docs:generate` writes it', async () => {
    const pages = new Map((await laidOutPages()).map(({ path, text }) => [path, text]));
    expect(await committedPages()).toEqual(pages);
  });

  it('has every field, its limits, its default and the rules', () => {
    const page = referencePages(kinds).find(({ path }) => path === 'postgrescluster-v1beta1.md')?.text ?? '';
    expect(page).toContain(
      '| `replicas` | integer | required | Number of instances, the primary among them.<br>1 to 15 |',
    );
    expect(page).toContain('default `"7d"`');
    expect(page).toContain('### spec.backupStore');
    expect(page).toContain('- exactly one of `cluster` and `path` must be set');
    expect(page).toContain('## status');
  });

  it('warns of versions that are on their way out', () => {
    const page = referencePages(kinds).find(({ path }) => path === 'postgrescluster-v1alpha1.md')?.text ?? '';
    expect(page).toContain('> Deprecated:');
  });
});
