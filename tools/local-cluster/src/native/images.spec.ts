import { describe, expect, it } from '@jest/globals';
import { parseImported, withoutNames } from './images.ts';

describe('images of a node', () => {
  it('reads the names that ctr has imported', () => {
    const output =
      'unpacking docker.io/local/pause:1 (sha256:0123)...done\nunpacking docker.io/local/x:2 (sha256:4567)...done\n';
    expect(parseImported(output)).toEqual(['docker.io/local/pause:1', 'docker.io/local/x:2']);
    expect(parseImported('')).toEqual([]);
  });

  it('forgets an archive whose image was replaced', () => {
    expect(withoutNames({ a: ['x:1'], b: ['y:1'] }, ['x:1'])).toEqual({ b: ['y:1'] });
  });
});
