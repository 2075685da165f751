import { expect, it } from '@jest/globals';
import { turnsOf } from './rounds.ts';
import { scenariosNamed } from './scenario/scenarios.ts';
import { type Contestant } from './contestant/contestant.ts';

const contestant = (name: Contestant['name']): Contestant => ({ name, title: name, command: ['x'], env: {} });

it('alternates who begins', () => {
  const turns = turnsOf(scenariosNamed(['a']), [contestant('ours'), contestant('theirs')], 3);
  expect(turns.map(({ round, contestant: { name } }) => `${round} ${name}`)).toEqual([
    '0 ours',
    '0 theirs',
    '1 theirs',
    '1 ours',
    '2 ours',
    '2 theirs',
  ]);
});

it('measures what hardly differs less often', () => {
  const turns = turnsOf(scenariosNamed(['c', 'e']), [contestant('ours')], 5);
  expect(turns.filter(({ scenario }) => scenario.key === 'c')).toHaveLength(1);
  expect(turns.filter(({ scenario }) => scenario.key === 'e')).toHaveLength(5);
});

it('knows scenarios by their letters', () => {
  expect(scenariosNamed(['d', 'f']).map(({ key }) => key)).toEqual(['a', 'b', 'f']);
  expect(() => scenariosNamed(['a', 'z'])).toThrow('no scenario z');
});
