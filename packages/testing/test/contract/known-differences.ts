/** Answers of the in-process server that differ from the real one's, by scenario and place, with the reason. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  'lists: pages stay at one revision': { 5: 'the message quotes the JSON parser of Go' },
};
