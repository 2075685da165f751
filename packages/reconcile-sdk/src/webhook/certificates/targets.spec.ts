import { describe, expect, it } from '@jest/globals';
import { type KubeObject } from '../../client/index.ts';
import { inspectBundle } from './inspect.ts';
import { issueAuthority } from './issue.ts';
import { bundlePatch, bundleTargets, mergeBundle, readTarget } from './targets.ts';

const now = Date.UTC(2030, 0, 1);
const make = (name: string, notAfter: number) =>
  inspectBundle(issueAuthority(name, { notBefore: now - 1_000_000, notAfter }).certPem)[0]!;
const a = make('a', now + 1_000_000);
const b = make('b', now + 2_000_000);
const expired = make('expired', now - 10_000);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const [configuration, definition] = bundleTargets({
  admission: ['validate.x', 'validate.y'].map((name) => ({ kind: 'validating', name, configuration: 'op' })),
  definitions: ['things.example.com'],
}) as [ReturnType<typeof bundleTargets>[number], ReturnType<typeof bundleTargets>[number]];
const metadata = { name: 'op', uid: 'u', generation: 3, resourceVersion: '7' };

describe('webhook configurations', () => {
  const object = {
    metadata,
    webhooks: [
      { name: 'validate.x', clientConfig: { caBundle: base64(a.pem) }, failurePolicy: 'Ignore' },
      { name: 'theirs', clientConfig: { caBundle: base64(b.pem) } },
    ],
  } as KubeObject;

  it('are read for what is ours alone', () => {
    const state = readTarget(configuration, object);
    expect(
      state.entries.map(({ webhook, bundle, isRequired }) => [
        webhook,
        bundle.map(({ id }) => id),
        isRequired,
      ]),
    ).toEqual([['validate.x', [a.id], false]]);
    expect(state.missing).toEqual([
      'validatingwebhookconfigurations.admissionregistration.k8s.io op has no webhook validate.y',
    ]);
    expect(readTarget(configuration, undefined).missing[0]).toContain('does not exist');
  });

  it('are patched under a precondition, without what is not ours', () => {
    const patch = bundlePatch(configuration, readTarget(configuration, object), () => b.pem);
    expect(patch).toEqual({
      metadata: { name: 'op', resourceVersion: '7' },
      webhooks: [{ name: 'validate.x', clientConfig: { caBundle: base64(b.pem) } }],
    });
  });
});

describe('definitions', () => {
  it('take part only when they convert by webhook', () => {
    const object = (strategy: string) =>
      ({ metadata, spec: { conversion: { strategy, webhook: {} } } }) as KubeObject;
    expect(readTarget(definition, object('None')).missing).toEqual([
      'customresourcedefinitions.apiextensions.k8s.io things.example.com does not convert by webhook',
    ]);
    const state = readTarget(definition, object('Webhook'));
    expect(state.entries).toHaveLength(1);
    expect(bundlePatch(definition, state, () => a.pem)).toEqual({
      metadata: { name: 'things.example.com', resourceVersion: '7' },
      spec: { conversion: { webhook: { clientConfig: { caBundle: base64(a.pem) } } } },
    });
  });
});

describe('a bundle', () => {
  const ids = (pem: string) => inspectBundle(pem).map(({ id }) => id);
  it('grows, and loses only what is long expired', () => {
    expect(ids(mergeBundle([a], [b], now, 0))).toEqual([b.id, a.id]);
    expect(ids(mergeBundle([b, a], [b], now, 0))).toEqual([b.id, a.id]);
    expect(ids(mergeBundle([expired], [b], now, 60_000))).toEqual([b.id, expired.id]);
    expect(ids(mergeBundle([expired, a], [b, expired], now, 0))).toEqual([b.id, a.id]);
  });
});
