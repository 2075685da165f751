import { describe, expect, it } from '@jest/globals';
import { missingPackages } from './packages.ts';

describe('missingPackages', () => {
  it('asks for nothing when all is there', () => {
    expect(missingPackages({ program: () => true, file: () => true })).toEqual([]);
  });

  it('names each package once', () => {
    const missing = missingPackages({
      program: (name) => !['containerd', 'ctr'].includes(name),
      file: () => false,
    });
    expect(missing).toEqual(['containerd', 'containernetworking-plugins']);
  });
});
