/** One thing that was done, for the table at the end. */
export interface Step {
  title: string;
  ms: number;
  note: string;
}

export interface Steps {
  /** Does one thing: says that it begins, that it goes on, and how long it took. The result may give a note. */
  run<T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  readonly done: readonly Step[];
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** A live line on a terminal; elsewhere one line when a step begins and one when it ends. */
export function createSteps(output: NodeJS.WriteStream = process.stderr): Steps {
  const done: Step[] = [];
  return {
    done,
    async run(title, work) {
      const started = performance.now();
      const elapsed = (): number => performance.now() - started;
      let note = '';
      let frame = 0;
      const show = (mark: string): void => {
        const line = `${mark} ${title} ${note ? `(${note}) ` : ''}${seconds(elapsed())}`;
        output.write(`\r\u001b[K${line.slice(0, (output.columns ?? 120) - 1)}`);
      };
      const timer = output.isTTY
        ? setInterval(() => show(frames[frame++ % frames.length]!), 100)
        : setInterval(
            () => output.write(`  … ${title}${note ? ` (${note})` : ''} ${seconds(elapsed())}\n`),
            15_000,
          );
      if (!output.isTTY) output.write(`• ${title}\n`);
      try {
        const result = await work((text) => (note = text.trim()));
        clearInterval(timer);
        if (output.isTTY) output.write(`\r\u001b[K`);
        output.write(`✔ ${title}${note ? `: ${note}` : ''}  ${seconds(elapsed())}\n`);
        done.push({ title, ms: elapsed(), note });
        return result;
      } catch (error) {
        clearInterval(timer);
        if (output.isTTY) output.write(`\r\u001b[K`);
        output.write(`✘ ${title}  ${seconds(elapsed())}\n`);
        throw error;
      }
    },
  };
}

/** The table of what was done. */
export function renderSteps(steps: readonly Step[]): string {
  const rows = [['step', 'time', ''], ...steps.map(({ title, ms, note }) => [title, seconds(ms), note])];
  const total = steps.reduce((sum, { ms }) => sum + ms, 0);
  rows.push(['together', seconds(total), '']);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = ([title = '', time = '', note = '']: string[]): string =>
    `${title.padEnd(widths[0]!)}  ${time.padStart(widths[1]!)}  ${note}`.trimEnd();
  const rule = '─'.repeat(widths[0]! + widths[1]! + 2);
  const [head, ...body] = rows.map(line);
  return [head, rule, ...body.slice(0, -1), rule, body.at(-1)].join('\n');
}
