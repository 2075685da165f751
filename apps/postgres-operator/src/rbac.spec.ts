import { describe, expect, it } from '@jest/globals';
import { backupRules } from './controllers/postgres-cluster/children/backup-access.ts';
import { type PolicyRule } from './controllers/postgres-cluster/children/access.ts';
import { instanceRules } from './controllers/postgres-cluster/children/instance-access.ts';
import { leaderElectionRules, operatorRules } from './rbac.ts';

/** Every `group/resource verb` that rules give, wherever they narrow it to names. */
const words = (rules: readonly PolicyRule[]): string[] =>
  rules.flatMap(({ apiGroups = [], resources = [], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
    ),
  );

describe('the rights of the operator', () => {
  const held = words(operatorRules);

  it('hold all that it hands out, so that neither escalate nor bind is needed', () => {
    for (const granted of words([...instanceRules('pg'), ...backupRules('pg')]))
      expect(held).toContain(granted);
  });

  it('name everything: no wildcard, and nothing that gives more rights', () => {
    for (const word of [...held, ...words(leaderElectionRules)])
      expect(word).not.toMatch(/\*|escalate|bind$|impersonate/);
  });

  it('neither change nor delete a Secret', () => {
    expect(held.filter((word) => word.startsWith('/secrets')).sort()).toEqual([
      '/secrets create',
      '/secrets get',
      '/secrets list',
      '/secrets watch',
    ]);
  });

  it('delete no volume, no Lease and no Job', () => {
    expect(held.filter((word) => /\/(persistentvolumeclaims|leases|jobs) delete$/.test(word))).toEqual([]);
  });

  it('say each resource once per API group', () => {
    const resources = operatorRules.flatMap(({ apiGroups = [], resources: kinds = [] }) =>
      kinds.map((kind) => `${apiGroups.join()}/${kind}`),
    );
    expect(new Set(resources).size).toBe(resources.length);
  });
});

describe('the rights of instances and backups', () => {
  it('change only what is named after their cluster', () => {
    const changing = [...instanceRules('pg'), ...backupRules('pg')].filter(({ verbs }) =>
      verbs.some((verb) => ['update', 'patch', 'delete'].includes(verb)),
    );
    for (const { resources = [], resourceNames = [] } of changing) {
      // A Job's name is not known before it is made.
      if (resources.includes('jobs')) continue;
      expect(resourceNames.length).toBeGreaterThan(0);
      for (const name of resourceNames) expect(name).toMatch(/^pg-/);
    }
  });

  it('reach no Secret', () => {
    expect(
      words([...instanceRules('pg'), ...backupRules('pg')]).filter((word) => word.includes('secrets')),
    ).toEqual([]);
  });
});
