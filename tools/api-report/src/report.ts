/** A package's public surface: what a user of it can name, with types, in alphabetical order. */
export interface Report {
  text: string;
  /** Exported symbols without a docstring. */
  undocumented: string[];
}

const fence = '```';

/** A report out of what API Extractor wrote: without its preamble, and the same for the same surface. */
export function reportOf(packageName: string, extracted: string): Report {
  const code = extracted.replaceAll('\r\n', '\n').split(fence)[1]?.replace(/^ts\n/, '') ?? '';
  // It marks every member too; only exports are asked for, for a member may be told by its name and type.
  const surface = code
    .replace(/^( +)\/\/ \(undocumented\)\n/gm, '')
    .replace(/^\/\/ \(No @packageDocumentation comment for this package\)\n/m, '')
    .trim();
  return {
    text: [
      `# Public surface of ${packageName}`,
      '',
      'Generated: `node --conditions=@stateful/source tools/api-report/src/main.ts --write`. A change here is a change for',
      'users: review it as one.',
      '',
      `${fence}ts`,
      surface,
      fence,
      '',
    ].join('\n'),
    undocumented: undocumentedExports(code),
  };
}

function undocumentedExports(code: string): string[] {
  const lines = code.split('\n');
  return lines.flatMap((line, index) => {
    if (!/^\/\/ @\w+ \(undocumented\)/.test(line)) return [];
    const declaration = lines.slice(index + 1).find((next) => next.startsWith('export ')) ?? '';
    const name = /^export (?:\{ \w+ as|(?:declare |abstract )*\w+) (\w+)/.exec(declaration)?.[1];
    return [name ?? declaration];
  });
}

const maxShown = 40;

/** What differs, line by line as sets: enough to see what was added and what is gone. Empty: the same. */
export function differences(committed: string, now: string): string[] {
  if (committed === now) return [];
  const count = (text: string): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const line of text.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  };
  const [before, after] = [count(committed), count(now)];
  const more = (one: Map<string, number>, other: Map<string, number>, sign: string): string[] =>
    [...one].flatMap(([line, times]) =>
      times > (other.get(line) ?? 0) && line.trim() !== '' ? [`${sign} ${line}`] : [],
    );
  const changed = [...more(before, after, '-'), ...more(after, before, '+')];
  if (changed.length === 0) return ['the order of lines'];
  return changed.length > maxShown
    ? [...changed.slice(0, maxShown), `... ${changed.length - maxShown} more lines`]
    : changed;
}
