import { describe, expect, it } from '@jest/globals';
import { customResourceDefinition } from '@stateful/crd-kit';
import { postgresClusterKind } from './postgres-cluster.ts';

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

  it('bounds every field of the spec', () => {
    const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'];
    expect(spec?.properties?.['replicas']).toMatchObject({ type: 'integer', minimum: 1 });
    expect(spec?.properties?.['version']).toMatchObject({ pattern: '^\\d+\\.\\d+\\.\\d+$' });
    expect(spec?.properties?.['backupSchedule']).toMatchObject({ pattern: '^[0-9]{2}:[0-9]{2}$' });
    expect(spec?.required).toEqual(['replicas', 'version']);
  });
});
