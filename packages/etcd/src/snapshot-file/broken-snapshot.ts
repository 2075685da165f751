/** A snapshot whose pages do not fit together. */
export class BrokenSnapshot extends Error {
  override readonly name = 'BrokenSnapshot';
}
