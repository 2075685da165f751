import { ratioOf, summaryOf, quantile, type Summary } from '../measure/statistics.ts';
import { figuresOf, type Figure } from './figures.ts';
import { seriesOf, type Result } from './result.ts';

/** The page of a run. Pure; the caller formats it in the house style. */
export function markdownOf(result: Result): string {
  const { contestants, samples, sizes } = result;
  const others = contestants.filter(({ name }) => name !== 'ours');
  const rows = figuresOf(sizes).flatMap((figure) => {
    const cells = contestants.map(({ name }) => {
      const series = seriesOf(samples, name, figure.key);
      return series.size === 0 ? '' : spread(summaryOf([...series.values()]), figure.digits);
    });
    if (cells.every((cell) => cell === '')) return [];
    const ratios = others.map(({ name }) => {
      const ratio = ratioOf(seriesOf(samples, 'ours', figure.key), seriesOf(samples, name, figure.key));
      return ratio === undefined ? '' : `${spread(ratio, 2)}${verdict(figure, ratio.median)}`;
    });
    return [[figure.title, ...cells, ...ratios]];
  });
  const head = [
    'what',
    ...contestants.map(({ title }) => title),
    ...others.map(({ name }) => `ours / ${name}`),
  ];
  return [
    '# Benchmarks',
    introduction(result),
    table([head, ...rows]),
    '## API calls by kind',
    'For each object of the first scenario, and for each change of the second; medians. Leases and watches are not counted.',
    table(callRows(result)),
    ...(result.problems.length === 0
      ? []
      : ['## Failed', ...result.problems.map((problem) => `- ${problem}`)]),
  ].join('\n\n');
}

function introduction({ date, machine, kubernetes, rounds, quick, sizes }: Result): string {
  const { durationMs, renewDeadlineMs, retryMs } = sizes.election;
  const times = [durationMs, renewDeadlineMs, retryMs].map((ms) => `${ms / 1_000} s`).join(', ');
  return [
    ...(quick ? ['**A quick run: it shows that everything works, and says nothing about speed.**'] : []),
    `Written by \`make bench\` (tools/bench) on ${date}: ${machine.processors} processors (${machine.model}), ` +
      `${machine.memoryGiB} GiB, ${machine.system}; kube-apiserver ${kubernetes} and etcd on the same machine.`,
    `The same small operator (a kind with one ConfigMap child and a status, server-side apply, an Event when Ready ` +
      `changes) written twice, concurrency 4, no client-side rate limit, elections of ${times}. Both run in turn against ` +
      `the same API server, ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, and who begins alternates.`,
    `Median (least to most). A ratio is ours by theirs, its spread that of the rounds; \`+\` marks where ours is at least as good.`,
  ].join('\n\n');
}

function callRows({ contestants, samples }: Result): string[][] {
  const scenarios = [
    ['a', 'object'],
    ['b', 'change'],
  ] as const;
  const rows = scenarios.flatMap(([scenario, unit]) => {
    const of = samples.filter((sample) => sample.scenario === scenario && sample.calls !== undefined);
    const calls = [...new Set(of.flatMap((sample) => Object.keys(sample.calls ?? {})))].sort();
    return calls.map((call) => [
      `${call}, for each ${unit}`,
      ...contestants.map(({ name }) => {
        const mine = of.filter((sample) => sample.contestant === name);
        return mine.length === 0
          ? ''
          : quantile(
              mine.map((sample) => sample.calls?.[call] ?? 0),
              0.5,
            ).toFixed(2);
      }),
    ]);
  });
  return [['call', ...contestants.map(({ title }) => title)], ...rows];
}

const verdict = ({ better }: Figure, ratio: number): string => {
  if (better === 'same') return '';
  return (better === 'less' ? ratio <= 1 : ratio >= 1) ? ' +' : '';
};

function spread({ median, min, max, count }: Summary, digits: number): string {
  const text = median.toFixed(digits);
  return count === 1 ? text : `${text} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join(
    '\n',
  );
}
