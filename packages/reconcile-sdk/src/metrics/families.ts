import type { Counter as CounterOf, Gauge as GaugeOf, Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from './prom-client-parts.ts';

/** What a family is, for documentation. */
export interface FamilyDescription {
  name: string;
  type: 'counter' | 'gauge' | 'histogram' | 'summary';
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram. */
  buckets?: readonly number[];
}

/** A family to be made. */
export interface Family<Labels extends readonly string[]> {
  readonly name: string;
  readonly help: string;
  readonly labels?: Labels;
}

/** Values of a family's labels, in their order. */
type Values<Labels extends readonly string[]> = { readonly [Index in keyof Labels]: string };

/** Tells one value of a family that is read at each scrape. */
export type Tell<Labels extends readonly string[]> = (value: number, ...labels: Values<Labels>) => void;

/** Makes families in one registry, with labels by position and checked. */
export interface Families {
  /** Series exist, as 0, from the call of `labels` on. */
  counter<const Labels extends readonly string[] = []>(
    family: Family<Labels>,
  ): { labels(...values: Values<Labels>): { inc(): void } };
  gauge<const Labels extends readonly string[] = []>(
    family: Family<Labels>,
  ): { labels(...values: Values<Labels>): { set(value: number): void } };
  histogram<const Labels extends readonly string[] = []>(
    family: Family<Labels> & { buckets: readonly number[] },
  ): { labels(...values: Values<Labels>): { observe(value: number): void } };
  /** Read at each scrape: what is not told then is gone. Values of the same series are added up. */
  read<const Labels extends readonly string[] = []>(
    family: Family<Labels> & { type: 'gauge' | 'counter'; collect: (tell: Tell<Labels>) => void },
  ): void;
}

export function familiesIn(registry: Registry): Families {
  const registers = [registry];
  const of = ({ name, help, labels }: Family<readonly string[]>) => ({
    name,
    help,
    labelNames: [...(labels ?? [])],
    registers,
  });
  return {
    counter<const Labels extends readonly string[]>(family: Family<Labels>) {
      const counter = new Counter(of(family));
      return kept<Labels, { inc(by?: number): void }>((values) => {
        const cell = counter.labels(...values);
        cell.inc(0);
        return cell;
      });
    },
    gauge<const Labels extends readonly string[]>(family: Family<Labels>) {
      const gauge = new Gauge(of(family));
      return kept<Labels, { set(value: number): void }>((values) => {
        const cell = gauge.labels(...values);
        cell.set(0);
        return cell;
      });
    },
    histogram<const Labels extends readonly string[]>(
      family: Family<Labels> & { buckets: readonly number[] },
    ) {
      const names: readonly string[] = family.labels ?? [];
      const histogram = new Histogram({ ...of(family), buckets: [...family.buckets] });
      return kept<Labels, { observe(value: number): void }>((values) => {
        histogram.zero(Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])));
        return histogram.labels(...values);
      });
    },
    read(family) {
      const Kind = family.type === 'gauge' ? Gauge : Counter;
      new Kind({
        ...of(family),
        collect(this: CounterOf | GaugeOf) {
          this.reset();
          family.collect((value, ...labels: readonly string[]) => this.labels(...labels).inc(value));
        },
      });
    },
  };
}

/** A kept series costs no look-up of its labels' names, and is there as 0 before anything has happened. */
function kept<Labels extends readonly string[], Cell>(make: (values: readonly string[]) => Cell) {
  const cells = new Map<string, Cell>();
  return {
    labels(...values: Values<Labels>): Cell {
      const key = values.join('\u0000');
      let cell = cells.get(key);
      if (!cell) cells.set(key, (cell = make(values)));
      return cell;
    },
  };
}

/** Every family of a registry, in the order in which they were added. */
export function describeFamilies(registry: Registry): FamilyDescription[] {
  return registry.getMetricsAsArray().map((metric) => {
    const { name, help, labelNames, upperBounds } = metric as unknown as {
      name: string;
      help: string;
      labelNames?: string[];
      upperBounds?: number[];
    };
    const type = metric.constructor.name.toLowerCase() as FamilyDescription['type'];
    return { name, type, help, labels: labelNames ?? [], ...(upperBounds ? { buckets: upperBounds } : {}) };
  });
}
