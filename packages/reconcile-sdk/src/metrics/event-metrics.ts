import { type Families } from './families.ts';

/** What became of an Event that was recorded. */
export type EventFate = 'written' | 'counted' | 'limited' | 'failed';

/** Facts of the event recorder. */
export interface EventMetrics {
  eventRecorded(fate: EventFate): void;
}

export function eventMetrics(families: Families): EventMetrics {
  const events = families.counter({
    name: 'reconcile_events_total',
    help: 'Events recorded, by what became of them: written, counted in a series, limited, failed.',
    labels: ['fate'],
  });
  for (const fate of ['written', 'counted', 'limited', 'failed'] as const) events.labels(fate);
  return { eventRecorded: (fate) => events.labels(fate).inc() };
}
