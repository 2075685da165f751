/** What of an object conversion looks at: any JSON, since a converter must not trust what it is given. */
export interface Convertible {
  apiVersion?: string;
  metadata?: { annotations?: Record<string, string> };
}

/** What another version of a kind cannot hold, by field of the spec. */
export type ConversionData = Readonly<Record<string, unknown>>;

interface Envelope {
  readonly spec: ConversionData;
  /** What stood under the annotation before: an object may carry anything there. */
  readonly annotation?: string;
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The text as one of ours, or undefined. Only what `stash` writes is taken for ours, to the letter. */
function envelopeOf(text: unknown): Envelope | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const parsed = JSON.parse(text) as unknown;
    if (!isPlainObject(parsed) || !isPlainObject(parsed['spec'])) return undefined;
    const { spec, annotation } = parsed;
    if (annotation !== undefined && typeof annotation !== 'string') return undefined;
    const envelope = { spec, ...(annotation === undefined ? {} : { annotation }) };
    return JSON.stringify(envelope) === text ? envelope : undefined;
  } catch {
    return undefined;
  }
}

const withAnnotation = <T extends Convertible>(object: T, name: string, value: string | undefined): T => {
  const { [name]: _old, ...others } = object.metadata?.annotations ?? {};
  const annotations = value === undefined ? others : { ...others, [name]: value };
  const { annotations: _annotations, ...metadata } = object.metadata ?? {};
  return {
    ...object,
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
  };
};

/** Puts `data` into the annotation; nothing to put leaves the object as it is. */
export function stash<T extends Convertible>(object: T, annotation: string, data: ConversionData): T {
  const there = object.metadata?.annotations?.[annotation];
  const isOursToRead = envelopeOf(there) !== undefined;
  if (Object.keys(data).length === 0 && !isOursToRead) return object;
  const envelope: Envelope = { spec: data, ...(there === undefined ? {} : { annotation: there }) };
  return withAnnotation(object, annotation, JSON.stringify(envelope));
}

/** The inverse of `stash`. An annotation that `stash` did not write is left alone and gives no data. */
export function unstash<T extends Convertible>(
  object: T,
  annotation: string,
): { object: T; data: ConversionData } {
  const envelope = envelopeOf(object.metadata?.annotations?.[annotation]);
  if (!envelope) return { object, data: {} };
  return { object: withAnnotation(object, annotation, envelope.annotation), data: envelope.spec };
}
