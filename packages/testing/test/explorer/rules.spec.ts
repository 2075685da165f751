import { describe, expect, it } from '@jest/globals';
import { counterExampleText, explore } from '../../src/index.ts';
import { brokenRules } from './rules.ts';

describe('the explorer finds a rule that is not kept', () => {
  it.each(brokenRules.map((each) => [each.rule, each.how, each] as const))(
    '%s: %s',
    async (rule, how, { broken, kept, exploration }) => {
      const right = await explore({ ...exploration, system: kept });
      expect(right.counterExamples.map(counterExampleText)).toEqual([]);
      const wrong = await explore({ ...exploration, system: broken, stopAfter: 1 });
      expect(wrong.counterExamples).not.toEqual([]);
      const [first] = wrong.counterExamples;
      console.info(`${rule} (${how}): found after ${wrong.runs} runs: ${first?.problems[0]}`);
    },
    600_000,
  );
});
