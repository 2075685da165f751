/** One entry of `details.causes`. */
export interface StatusCause {
  reason: string;
  message: string;
  field: string;
}

/** What the API server answers when it does not do what it was asked. */
export class ApiFailure extends Error {
  readonly code: number;
  readonly body: object;

  constructor(code: number, reason: string | undefined, message: string, details?: object) {
    super(message);
    this.code = code;
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** Names a kind in messages: `widgets.example.com`, or `pods`. */
export interface Named {
  group: string;
  plural: string;
  kind: string;
}

const qualified = (name: string, group: string): string => (group ? `${name}.${group}` : name);
const detailsOf = (group: string, kind: string, name: string): object => ({
  ...(name ? { name } : {}),
  ...(group ? { group } : {}),
  ...(kind ? { kind } : {}),
});

export const badRequest = (message: string): ApiFailure => new ApiFailure(400, 'BadRequest', message);

export const unknownPath = (): ApiFailure =>
  new ApiFailure(404, 'NotFound', 'the server could not find the requested resource', {});

export const notFound = ({ group, plural }: Named, name: string): ApiFailure =>
  new ApiFailure(
    404,
    'NotFound',
    `${qualified(plural, group)} "${name}" not found`,
    detailsOf(group, plural, name),
  );

export const alreadyExists = ({ group, plural }: Named, name: string, isGoing: boolean): ApiFailure =>
  new ApiFailure(
    409,
    'AlreadyExists',
    `${isGoing ? 'object is being deleted: ' : ''}${qualified(plural, group)} "${name}" already exists`,
    detailsOf(group, plural, name),
  );

/** `word` is the plural for writes and the kind for deletes, as the API server has it. */
export const conflict = ({ group }: Named, word: string, name: string, why: string): ApiFailure =>
  new ApiFailure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(word, group)} "${name}": ${why}`,
    detailsOf(group, word, name),
  );

/** A 422 with its causes; the message names each distinct one once. */
export function invalid(
  group: string,
  kind: string,
  name: string,
  causes: readonly StatusCause[],
): ApiFailure {
  const texts = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const text = texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
  return new ApiFailure(422, 'Invalid', `${qualified(kind, group)} "${name}" is invalid: ${text}`, {
    ...detailsOf(group, kind, name),
    causes,
  });
}

export const invalidValue = (field: string, value: unknown, why: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
});

export const required = (field: string, why = ''): StatusCause => ({
  reason: 'FieldValueRequired',
  message: `Required value${why ? `: ${why}` : ''}`,
  field,
});

export const forbiddenValue = (field: string, why: string): StatusCause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
});
