import { type Contestant, type ContestantName } from './contestant/contestant.ts';
import { type Measurement, type Scenario } from './scenario/scenario.ts';

export type Sample = Measurement & {
  readonly scenario: string;
  readonly contestant: ContestantName;
  readonly round: number;
};

export type Turn = { readonly scenario: Scenario; readonly round: number; readonly contestant: Contestant };

/**
 * Every contestant in each round, and who begins changes from round to round: a machine that gets slower or faster
 * meanwhile favours nobody.
 */
export function turnsOf(
  scenarios: readonly Scenario[],
  contestants: readonly Contestant[],
  rounds: number,
): Turn[] {
  return scenarios.flatMap((scenario) =>
    Array.from({ length: Math.min(rounds, scenario.mostRounds ?? rounds) }, (_, round) => {
      const from = round % contestants.length;
      return [...contestants.slice(from), ...contestants.slice(0, from)].map((contestant) => ({
        scenario,
        round,
        contestant,
      }));
    }).flat(),
  );
}
