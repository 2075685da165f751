import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { breaksRelease, customResourceDefinition, lintKind } from '@stateful/crd-kit';
import { postgresClusterKind, version } from './postgres-cluster.ts';

describe('the CRD of PostgresCluster', () => {
  const crd = customResourceDefinition(postgresClusterKind);

  it('has the names that users type', () => {
    expect(crd.metadata.name).toBe('postgresclusters.db.example.com');
    expect(crd.spec.names).toMatchObject({
      kind: 'PostgresCluster',
      singular: 'postgrescluster',
      shortNames: ['pgc'],
    });
    expect(crd.spec.scope).toBe('Namespaced');
  });

  it('keeps the conventions', () => {
    expect(lintKind(postgresClusterKind)).toEqual([]);
  });

  it('breaks nobody who uses the last release', () => {
    expect(breaksRelease(join(import.meta.dirname, '../released'), [crd])).toEqual([]);
  });

  it('stores what code works with, and serves the minimal kind beside it', () => {
    expect(crd.spec.versions.map(({ name, served, storage }) => [name, served, storage])).toEqual([
      ['v1alpha1', true, false],
      [version, true, true],
    ]);
    const [minimal] = crd.spec.versions;
    expect(Object.keys(minimal?.schema.openAPIV3Schema.properties?.['spec']?.properties ?? {})).toEqual([
      'replicas',
      'version',
      'backupSchedule',
      'retentionDays',
    ]);
    expect(minimal?.deprecationWarning).toContain('use db.example.com/v1beta1');
  });
});
