import { describe, expect, it } from '@jest/globals';
import { createHotLoopDetector } from './hot-loop.ts';

describe('the hot loop detector', () => {
  const apply = (
    detector: ReturnType<typeof createHotLoopDetector>,
    times: readonly number[],
    path = 'data.a',
  ) => times.map((at) => detector.applied('ns/a', 'ConfigMap a', path, at)?.slowMs);

  it('says nothing of changes that are few or far apart', () => {
    expect(apply(createHotLoopDetector({ limit: 3 }), [0, 1, 60_001, 60_002])).toEqual(
      Array(4).fill(undefined),
    );
    const detector = createHotLoopDetector({ limit: 3 });
    expect([...apply(detector, [0, 1]), ...apply(detector, [2, 3], 'data.b')]).toEqual(
      Array(4).fill(undefined),
    );
  });

  it('names what is changed too often, and slows it more while it goes on', () => {
    const detector = createHotLoopDetector({ limit: 3, slowMs: 10_000, maxSlowMs: 40_000 });
    expect(detector.applied('ns/a', 'ConfigMap a', 'data.a', 0)).toBeUndefined();
    expect(detector.applied('ns/a', 'ConfigMap a', 'data.a', 10)).toBeUndefined();
    expect(detector.applied('ns/a', 'ConfigMap a', 'data.a', 20)).toEqual({
      key: 'ns/a',
      child: 'ConfigMap a',
      path: 'data.a',
      count: 3,
      slowMs: 10_000,
    });
    expect(apply(detector, [10_030, 30_040, 70_050, 110_060])).toEqual([20_000, 40_000, 40_000, 40_000]);
  });

  it('begins anew after a quiet time', () => {
    const detector = createHotLoopDetector({ limit: 3, slowMs: 10_000 });
    apply(detector, [0, 1, 2]);
    expect(apply(detector, [200_000, 200_001, 200_002])).toEqual([undefined, undefined, 10_000]);
  });
});
