import { changes } from './changes.ts';
import { converge } from './converge.ts';
import { failover } from './failover.ts';
import { memory } from './memory.ts';
import { type Scenario } from './scenario.ts';
import { start } from './start.ts';

/** In the order in which they run; `d`, the API calls, is part of a and b. */
export const scenarios: readonly Scenario[] = [converge, changes, start, failover, memory];

/** By the letters of `--only`. Throws for one that there is not. */
export function scenariosNamed(letters: readonly string[]): readonly Scenario[] {
  const wanted = new Set(letters.flatMap((letter) => (letter === 'd' ? ['a', 'b'] : [letter])));
  const known = new Set(scenarios.map(({ key }) => key));
  const unknown = [...wanted].filter((letter) => !known.has(letter));
  if (unknown.length > 0) {
    throw new Error(`there is no scenario ${unknown.join(', ')}: there are a, b, c, d, e and f`);
  }
  return scenarios.filter(({ key }) => wanted.has(key));
}
