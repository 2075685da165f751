import { type Logger } from '../../logging/index.ts';

/** What is wrong now, by what it is wrong with. */
export interface Problems {
  /** Keeps it, and says so once for each new reason; undefined: it is well. */
  note(name: string, message: string | undefined): void;
  all(): readonly { readonly name: string; readonly message: string }[];
}

export function createProblems(log: Logger): Problems {
  const known = new Map<string, string>();
  return {
    all: () => [...known].map(([name, message]) => ({ name, message })),
    note(name, message) {
      if (message === undefined) {
        if (known.delete(name)) log.info({ subject: name }, 'mended');
      } else if (known.get(name) !== message) {
        known.set(name, message);
        log.warn({ subject: name }, message);
      }
    },
  };
}
