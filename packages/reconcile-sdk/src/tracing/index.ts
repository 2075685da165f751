/** Spans around what takes time, on whatever OpenTelemetry provider the process has registered. Free without one. */
export {
  currentLink,
  traced,
  tracedMoment,
  type SpanAttributes,
  type TraceLink,
  type TracedOptions,
} from './traced.ts';
