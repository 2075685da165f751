import type * as PromClient from 'prom-client';
// Its index loads a push gateway, a summary and node:cluster as well: 2.6 MB of resident memory and 30 KB of bundle
// for what no operator uses. Its parts have no declarations of their own; those of the index hold for them.
// @ts-expect-error no declarations
import counter from 'prom-client/lib/counter.js';
// @ts-expect-error no declarations
import defaultMetrics from 'prom-client/lib/defaultMetrics.js';
// @ts-expect-error no declarations
import gauge from 'prom-client/lib/gauge.js';
// @ts-expect-error no declarations
import histogram from 'prom-client/lib/histogram.js';
// @ts-expect-error no declarations
import registry from 'prom-client/lib/registry.js';

export const Counter = counter as typeof PromClient.Counter;
export const Gauge = gauge as typeof PromClient.Gauge;
export const Histogram = histogram as typeof PromClient.Histogram;
export const Registry = registry as typeof PromClient.Registry;
export const collectDefaultMetrics = defaultMetrics as typeof PromClient.collectDefaultMetrics;
