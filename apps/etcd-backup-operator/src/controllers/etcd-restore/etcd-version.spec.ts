import { describe, expect, it } from '@jest/globals';
import { canBump, isOlder, parseVersion, versionOfImage } from './etcd-version.ts';

describe('the version of an image', () => {
  it.each([
    ['registry.example.com:5000/etcd:3.6.5', [3, 6, 5]],
    ['registry.example.com/etcd:v3.5.21@sha256:00ff', [3, 5, 21]],
    ['etcd:3.6.5-0', [3, 6, 5]],
    ['etcd:3.6', [3, 6, 0]],
    ['registry.example.com:5000/etcd', undefined],
    ['etcd:latest', undefined],
    ['etcd@sha256:00ff', undefined],
  ])('%s', (image, version) => {
    expect(versionOfImage(image)).toEqual(version);
  });
});

it.each([
  ['3.5.21', '3.6.0', true],
  ['3.6.4', '3.6.5', false],
  ['3.6.0', '3.5.99', false],
  ['4.0.0', '3.6.0', false],
  ['3.6.0', '4.0.0', true],
])('%s is older than %s: %s', (one, other, is) => {
  expect(isOlder(parseVersion(one)!, parseVersion(other)!)).toBe(is);
});

it.each([
  ['3.4.26', false],
  ['3.4.27', true],
  ['3.5.9', false],
  ['3.5.10', true],
  ['3.6.0', true],
  ['3.3.27', false],
  ['4.0.0', true],
])('%s can raise revisions: %s', (version, can) => {
  expect(canBump(parseVersion(version)!)).toBe(can);
});
