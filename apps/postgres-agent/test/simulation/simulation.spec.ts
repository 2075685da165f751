import { describe, expect, it } from '@jest/globals';
import { type Durability } from '../../src/election/quorum.ts';
import { simulate, type Outcome } from './run.ts';
import { type Sabotage } from './world.ts';

/** More of them: SIMULATION_SEEDS=5000. */
const seeds = Number(process.env['SIMULATION_SEEDS'] ?? 60);

interface Scene {
  readonly replicas: number;
  readonly durability: Durability;
  readonly scale?: readonly number[];
  readonly sabotage?: readonly Sabotage[];
}

function search(scene: Scene, count: number, until: (outcome: Outcome) => boolean) {
  for (let seed = 1; seed <= count; seed++) {
    const outcome = simulate({ ...scene, seed });
    if (until(outcome)) return { seed, violations: outcome.violations, stuck: outcome.stuck };
  }
  return undefined;
}

const isBad = ({ violations, stuck }: Outcome) => violations.length > 0 || stuck !== undefined;

describe('clusters under crashes, partitions, stalls, lost and late answers and skewed clocks', () => {
  it.each<[string, Scene]>([
    ['3 instances, required', { replicas: 3, durability: 'required' }],
    ['5 instances, required', { replicas: 5, durability: 'required' }],
    ['5 instances, scaled to 3, 5, 4', { replicas: 5, durability: 'required', scale: [3, 5, 4] }],
    ['5 instances, scaled to 1, 3', { replicas: 5, durability: 'required', scale: [1, 3] }],
    ['3 instances, preferred', { replicas: 3, durability: 'preferred' }],
    ['2 instances, preferred', { replicas: 2, durability: 'preferred' }],
    ['3 instances, off', { replicas: 3, durability: 'off' }],
    [
      '3 instances, required, no fence at all',
      { replicas: 3, durability: 'required', sabotage: ['no-fence'] },
    ],
  ])(
    '%s: nothing acknowledged is lost, and they become whole again',
    (_, scene) => {
      expect(search(scene, seeds, isBad)).toBeUndefined();
    },
    120_000,
  );

  it('does get somewhere: failovers happen and commits are acknowledged', () => {
    const { counts } = simulate({ seed: 1, replicas: 3, durability: 'required' });
    expect(counts.acked).toBeGreaterThan(100);
    expect(counts.failovers).toBeGreaterThan(0);
  });
});

describe('with one rule switched off the checks notice', () => {
  it.each<[string, Scene]>([
    [
      'promises while streaming',
      { replicas: 3, durability: 'required', sabotage: ['promises-while-streaming', 'no-fence'] },
    ],
    [
      'a quorum that is not counted',
      { replicas: 3, durability: 'required', sabotage: ['quorum-not-counted'] },
    ],
    ['timelines used twice', { replicas: 3, durability: 'required', sabotage: ['timelines-reused'] }],
    ['no fence where only the clock protects', { replicas: 3, durability: 'off', sabotage: ['no-fence'] }],
    [
      'an old rule dropped before the new one holds',
      { replicas: 5, durability: 'required', scale: [3, 5, 3, 5, 3], sabotage: ['rule-dropped-early'] },
    ],
  ])(
    '%s',
    (_, scene) => {
      expect(search(scene, 2_000, ({ violations }) => violations.length > 0)).toBeDefined();
    },
    120_000,
  );
});
