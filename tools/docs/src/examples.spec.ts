import { describe, expect, it } from '@jest/globals';
import { kinds } from './kinds.ts';
import { allExamples, examplesIn } from './examples.ts';

const fence = '```';

describe('examples', () => {
  it('are found in fences and here-documents; a part is added to the whole before it', () => {
    const page = [
      `${fence}yaml\napiVersion: db.example.com/v1\nkind: A\nspec:\n  a: 1\n${fence}`,
      `${fence}yaml\nspec:\n  b: 2\n${fence}`,
      `${fence}yaml\napiVersion: v1\nkind: Secret\n${fence}`,
      `${fence}sh\nkubectl apply -f - <<'YAML'\napiVersion: db.example.com/v1\nkind: B\nYAML\n${fence}`,
    ].join('\n\n');
    expect(examplesIn('page.md', page).map(({ object }) => object)).toEqual([
      { apiVersion: 'db.example.com/v1', kind: 'A', spec: { a: 1 } },
      { apiVersion: 'db.example.com/v1', kind: 'A', spec: { a: 1, b: 2 } },
      { apiVersion: 'db.example.com/v1', kind: 'B' },
    ]);
  });

  it('are what the schemas take', () => {
    for (const { file, object } of allExamples()) {
      const { apiVersion, kind, spec } = object as { apiVersion: string; kind: string; spec: unknown };
      const version = kinds
        .find((known) => known.kind === kind)
        ?.versions.find(({ name }) => apiVersion === `db.example.com/${name}`);
      expect([file, kind, version?.spec.safeParse(spec).error?.message]).toEqual([file, kind, undefined]);
      expect([file, kind, version?.deprecationWarning]).toEqual([file, kind, undefined]);
      expect(version).toBeDefined();
    }
  });

  it('are in the guides, the charts and beside the kinds', () => {
    const files = new Set(allExamples().map(({ file }) => file));
    expect([...files]).toEqual(
      expect.arrayContaining([
        'README.md',
        'docs/guides/postgres.md',
        'charts/postgres-operator/README.md',
        'packages/etcd-backup-api/examples/etcd-restore.yaml',
      ]),
    );
  });
});
