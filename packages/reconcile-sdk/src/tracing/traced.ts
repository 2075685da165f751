import {
  SpanKind,
  SpanStatusCode,
  context,
  isSpanContextValid,
  trace,
  type Attributes,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { OperatorError, describeError } from '../errors/index.ts';

/** A span to point back at: carried through the queue by a cause, so that a reconcile links to all that asked for it. */
export type TraceLink = SpanContext;

/** Flat values; a function is called only for a span that is recorded (samplers do not see what it gives). */
export type SpanAttributes = Attributes | (() => Attributes);

/** What `traced` takes beyond what it must. */
export interface TracedOptions {
  /** Spans that led to this one without being its parent. */
  links?: readonly TraceLink[];
  /** `client` for a call to another process, `server` for a request answered here. Default `internal`. */
  kind?: 'internal' | 'client' | 'server';
}

const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER };
/** A proxy: it serves the provider that is registered when it is used, not the one there was at import. */
const tracer = trace.getTracer('reconcile-sdk');

/**
 * Runs `run` within a span of the global tracer `reconcile-sdk`, under the span that is active. What it throws is
 * recorded (`error.type` holds the code of an OperatorError) and thrown on. Well under 1 us without a provider.
 */
export function traced<T>(
  name: string,
  attributes: SpanAttributes,
  run: (span: Span) => Promise<T>,
  options: TracedOptions = {},
): Promise<T> {
  const { links = [], kind = 'internal' } = options;
  const isLazy = typeof attributes === 'function';
  const span = tracer.startSpan(name, {
    kind: kinds[kind],
    ...(isLazy ? {} : { attributes }),
    ...(links.length > 0 ? { links: links.map((linked) => ({ context: linked })) } : {}),
  });
  // Without a provider there is nothing to end and nothing to make active.
  if (!isSpanContextValid(span.spanContext())) return run(span);
  if (isLazy && span.isRecording()) span.setAttributes(attributes());
  return within(span, run);
}

async function within<T>(span: Span, run: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), span), run, undefined, span);
  } catch (error) {
    const message = describeError(error);
    span.setAttribute('error.type', errorType(error));
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    // Of what is ours the code says more than a stack; of what is not, the stack is all there is.
    if (error instanceof Error && !(error instanceof OperatorError)) span.recordException(error);
    else span.recordException({ name: errorType(error), message });
    throw error;
  } finally {
    span.end();
  }
}

/**
 * A span without duration for something that happened, such as a change that a watch brought: what comes of it links
 * to it. Undefined, and next to free, when none is recorded.
 */
export function tracedMoment(name: string, attributes: SpanAttributes): TraceLink | undefined {
  const span = tracer.startSpan(name);
  if (!isSpanContextValid(span.spanContext())) return undefined;
  if (span.isRecording()) {
    span.setAttributes(typeof attributes === 'function' ? attributes() : attributes);
    span.end();
  }
  return span.spanContext();
}

/** The span that is active now, for the cause of what is asked for here; undefined when none is recorded. */
export function currentLink(): TraceLink | undefined {
  const active = trace.getActiveSpan()?.spanContext();
  return active && isSpanContextValid(active) ? active : undefined;
}

function errorType(error: unknown): string {
  if (error instanceof OperatorError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
