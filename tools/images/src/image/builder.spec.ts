import { describe, expect, it } from '@jest/globals';
import { type BuilderFacts, chooseBuilder } from './builder.ts';

const debian: BuilderFacts = {
  wanted: undefined,
  platform: 'linux',
  isRoot: true,
  has: (command) => command === 'apt-get',
};

describe('chooseBuilder', () => {
  it('builds without an engine as root on Debian, even where the docker command exists', () => {
    expect(chooseBuilder(debian)).toBe('local');
    expect(chooseBuilder({ ...debian, has: () => true })).toBe('local');
  });

  it('takes an engine that is there elsewhere', () => {
    expect(chooseBuilder({ ...debian, isRoot: false, has: () => true })).toBe('docker');
    expect(chooseBuilder({ ...debian, platform: 'darwin', has: (name) => name === 'podman' })).toBe('podman');
  });

  it('does what it is told, if it knows the word', () => {
    expect(chooseBuilder({ ...debian, wanted: 'podman' })).toBe('podman');
    expect(() => chooseBuilder({ ...debian, wanted: 'kaniko' })).toThrow('"kaniko"');
  });

  it('says what is needed when there is nothing', () => {
    expect(() => chooseBuilder({ ...debian, isRoot: false })).toThrow('docker');
    expect(() => chooseBuilder({ ...debian, platform: 'darwin' })).toThrow('podman');
  });
});
