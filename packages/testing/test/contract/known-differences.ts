/** Answers of the in-process server that differ from the real one's, by scenario and place, with the reason. */
export const knownDifferences: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  'built-in-kinds: claims, service accounts and Secrets': {
    3: 'the real server reads certificates, and warns of one that is none',
  },
  'webhooks: webhooks that fail': {
    13: 'the message is that of the Go library for JSON patches',
    17: 'the message quotes the JSON parser of Go',
  },
  'lists: pages stay at one revision': { 5: 'the message quotes the JSON parser of Go' },
};
