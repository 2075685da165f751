/** A zod schema says something that a structural schema cannot: the path, the cause, what to write instead. */
export class InexpressibleSchemaError extends Error {
  readonly path: string;

  constructor(path: string, cause: string, instead: string) {
    super(`${path}: ${cause}; ${instead}`);
    this.name = 'InexpressibleSchemaError';
    this.path = path;
  }
}
