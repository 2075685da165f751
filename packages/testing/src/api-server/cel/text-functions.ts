import { Optional, type Environment } from '@marcbachmann/cel-js';
import { namedFormats } from './named-formats.ts';

type Check = (text: string) => boolean;

/** A format that a text may have. */
class Format {
  readonly fits: Check;
  constructor(fits: Check) {
    this.fits = fits;
  }
}
/** The library itself: `format.dns1123Label()` is a call on it. */
class FormatLibrary {}

const all = (text: string, pattern: string): string[] =>
  [...text.matchAll(new RegExp(pattern, 'gu'))].map(([found]) => found);

/** `find`, `replace`, `format` and their kin of the Kubernetes CEL libraries that the CEL library does not bring. */
export function registerTextFunctions(env: Environment): void {
  env.registerFunction(
    'string.find(string): string',
    (text: string, pattern: string) => new RegExp(pattern, 'u').exec(text)?.[0] ?? '',
  );
  env.registerFunction('string.findAll(string): list<string>', all);
  env.registerFunction(
    'string.findAll(string, int): list<string>',
    (text: string, pattern: string, most: bigint) =>
      most < 0n ? all(text, pattern) : all(text, pattern).slice(0, Number(most)),
  );
  env.registerFunction('string.charAt(int): string', (text: string, at: bigint) => {
    const letters = [...text];
    if (at < 0n || at > BigInt(letters.length)) throw new Error(`index out of range: ${at}`);
    return letters[Number(at)] ?? '';
  });
  env.registerFunction('string.replace(string, string): string', replaceMost);
  env.registerFunction('string.replace(string, string, int): string', replaceMost);
  registerFormats(env);
}

function replaceMost(text: string, old: string, by: string, most = -1n): string {
  if (most < 0n) return text.replaceAll(old, by);
  const parts = text.split(old);
  const done = Number(most) + 1;
  return [parts.slice(0, done).join(by), ...parts.slice(done)].join(old);
}

function registerFormats(env: Environment): void {
  env.registerType('kubernetes.NamedFormat', Format);
  env.registerType('kubernetes.FormatLibrary', FormatLibrary);
  env.registerConstant('format', 'kubernetes.FormatLibrary', new FormatLibrary());
  const formats = new Map(Object.entries(namedFormats).map(([name, fits]) => [name, new Format(fits)]));
  for (const [name, format] of formats)
    env.registerFunction(`kubernetes.FormatLibrary.${name}(): kubernetes.NamedFormat`, () => format);
  env.registerFunction(
    'kubernetes.FormatLibrary.named(string): optional<kubernetes.NamedFormat>',
    (_library: FormatLibrary, name: string) => optionalOf(formats.get(name)),
  );
  env.registerFunction(
    'kubernetes.NamedFormat.validate(string): optional<list<string>>',
    ({ fits }: Format, text: string) => optionalOf(fits(text) ? undefined : ['the text has another form']),
  );
}

const optionalOf = <T>(value: T | undefined): Optional<T> =>
  value === undefined ? Optional.none() : Optional.of(value);
