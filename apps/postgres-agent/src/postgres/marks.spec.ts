import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMarks } from './marks.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'marks-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('marks', () => {
  it('are read by the next process, and none is there at first', async () => {
    expect(createMarks(join(folder, 'agent')).heldEpoch()).toBe(0);
    const marks = createMarks(join(folder, 'agent'));
    await marks.setHeldEpoch(7);
    await marks.set('broken');
    const next = createMarks(join(folder, 'agent'));
    expect([next.heldEpoch(), next.has('broken'), next.has('fresh')]).toEqual([7, true, false]);
    await next.clear('broken');
    await next.clear('broken');
    expect(marks.has('broken')).toBe(false);
  });
});
