import { describe, expect, it } from '@jest/globals';
import { defineResource, resources } from '../client/index.ts';
import { converting, validating } from '../webhook/index.ts';
import { electionRules, mergedRules, planRules, ruleOn, webhookRules, type PolicyRule } from './index.ts';

const widgets = defineResource('example.com', 'v1', 'Widget', 'widgets');

/** `resource/sub verb,verb [names]`, sorted. */
const texts = (rules: readonly PolicyRule[]): string[] =>
  rules
    .flatMap(({ resources: kinds = [], verbs, resourceNames }) =>
      kinds.map((kind) => `${kind} ${verbs.join()}${resourceNames ? ` [${resourceNames.join()}]` : ''}`),
    )
    .sort();

describe('planRules', () => {
  it('follow from what the plan declares', () => {
    expect(
      texts(
        planRules({
          resource: widgets,
          owns: [
            { resource: resources.services },
            { resource: resources.secrets, keep: true, createOnly: true },
          ],
          reads: [
            { resource: resources.pods, parentsOf: () => [], deletes: true },
            { resource: resources.jobs, parentsOf: () => [] },
          ],
          grants: [ruleOn(resources.leases, ['update'], { names: ['a'] })],
        }),
      ),
    ).toEqual([
      'events create,patch',
      'jobs list,watch',
      // What is handed out has to be held, whatever it is narrowed to there.
      'leases update',
      'pods get,list,watch,delete',
      'secrets get,list,watch,create',
      'services get,list,watch,create,patch,delete',
      'widgets get,list,watch',
      'widgets/finalizers update',
      'widgets/status patch',
    ]);
  });

  it('let objects be held by a finalizer only where there is one', () => {
    const own = (more: object) => texts(planRules({ resource: widgets, owns: [], ...more }));
    expect(own({})).toContain('widgets get,list,watch');
    expect(own({ finalizer: {} })).toContain('widgets get,list,watch,patch');
    expect(own({ owns: [{ resource: resources.services, elsewhere: true }] })).toContain(
      'widgets get,list,watch,patch',
    );
  });
});

describe('rules of the process', () => {
  it('name the Lease', () => {
    expect(texts(electionRules('op'))).toEqual(['leases create', 'leases get,update [op-leader]']);
  });

  it('name the Secret, the configurations and the definitions of webhooks', () => {
    const { secret, cluster } = webhookRules({
      operator: 'op',
      secret: 'certificates',
      webhooks: [
        validating(widgets, { operations: ['CREATE'], handler: () => ({ allowed: true }) }),
        converting(widgets, { convert: (object) => object }),
      ],
    });
    expect(texts(secret)).toEqual(['secrets create', 'secrets get,list,watch,patch [certificates]']);
    expect(texts(cluster)).toEqual([
      'customresourcedefinitions get,list,watch,patch [widgets.example.com]',
      'validatingwebhookconfigurations get,list,watch,patch [op.validate.widgets.example.com]',
    ]);
  });
});

describe('mergedRules', () => {
  it('says each resource once, and keeps apart what names narrow', () => {
    expect(
      mergedRules([
        ruleOn(resources.pods, ['watch', 'get']),
        ruleOn(resources.pods, ['delete']),
        ruleOn(resources.configMaps, ['get', 'watch', 'delete']),
        ruleOn(resources.pods, ['patch'], { names: ['a'] }),
        ruleOn(widgets, ['get'], { subresource: 'status' }),
      ]),
    ).toEqual([
      { apiGroups: [''], resources: ['pods', 'configmaps'], verbs: ['get', 'watch', 'delete'] },
      { apiGroups: [''], resources: ['pods'], resourceNames: ['a'], verbs: ['patch'] },
      { apiGroups: ['example.com'], resources: ['widgets/status'], verbs: ['get'] },
    ]);
  });
});
