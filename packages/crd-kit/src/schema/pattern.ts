import { RE2JS } from 're2js';
import { InexpressibleSchemaError } from './inexpressible.ts';

/** Words that mean one thing here and another in the API server, which would then disagree on what is valid. */
const different: readonly [RegExp, string, string][] = [
  [/\\s/i, '`\\s` holds other characters there', 'name the characters'],
  [/\\b/i, '`\\b` knows ASCII letters only there', 'name the characters'],
];

/** The API server compiles patterns with RE2, which has no look-around and no back-references. */
export function refuseForeignPattern(pattern: string, path: string): void {
  for (const [word, cause, instead] of different) {
    if (word.test(pattern)) throw new InexpressibleSchemaError(path, `pattern ${pattern}: ${cause}`, instead);
  }
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    throw new InexpressibleSchemaError(
      path,
      `the API server cannot compile the pattern ${pattern} (${error instanceof Error ? error.message : String(error)})`,
      'write it without look-around and back-references, or state it as a rule',
    );
  }
}
