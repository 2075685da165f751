import { counterExampleText, explore, type ExploreOptions } from './explore.ts';

/** Explores, says how far it is and what it took, and gives the counter-examples as text: none, or what to look at. */
export async function findings(
  options: Omit<ExploreOptions, 'onProgress'> & { readonly id: string },
  say: (text: string) => void,
): Promise<string[]> {
  const before = process.cpuUsage();
  const found = await explore({ ...options, onProgress: (text) => say(`${options.id}: ${text}`) });
  const { user, system } = process.cpuUsage(before);
  const seconds = ((user + system) / 1e6).toFixed(1);
  say(
    `${options.id}: ${found.runs} runs over ${found.points} points, ${found.merged} of them into known states, ${seconds} s of processor time${found.isComplete ? '' : '; stopped before all was tried'}`,
  );
  return found.counterExamples.map(counterExampleText);
}
