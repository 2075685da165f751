import { type Fields } from '../json.ts';
import { type PrinterColumn } from '../kinds/kind.ts';
import { ageOf } from './age.ts';
import { jsonPath } from './json-path.ts';

/** What the columns of a CRD show of an object, after its name. */
export function customCells(columns: readonly PrinterColumn[]): (object: Fields, now: number) => unknown[] {
  const paths = columns.map(({ type, jsonPath: path }) => ({ type, find: jsonPath(path) }));
  // Of several things that a path finds, the first is shown.
  return (object, now) => paths.map(({ type, find }) => cell(type, find(object)[0], now));
}

function cell(type: string, value: unknown, now: number): unknown {
  if (value === undefined) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : ageOf(value, now);
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}
