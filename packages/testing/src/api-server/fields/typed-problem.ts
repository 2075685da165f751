import { isFields } from '../json.ts';
import { fieldShape } from './children.ts';
import { type Shape } from './shape.ts';

/** Why a value cannot be applied by its schema, in the API server's words; undefined when it can. */
export function typedProblem(value: unknown, shape: Shape, path = ''): string | undefined {
  if (value === null || value === undefined) return undefined;
  switch (shape.is) {
    case 'struct':
      if (!isFields(value))
        return shape.others === 'refused' ? `${path}: expected map, got ${JSON.stringify(value)}` : undefined;
      for (const [name, child] of Object.entries(value)) {
        const at = `${path}.${name}`;
        if (shape.fields[name] === undefined && shape.others === 'refused')
          return `${at}: field not declared in schema`;
        const problem = typedProblem(child, fieldShape(shape, name), at);
        if (problem) return problem;
      }
      return undefined;
    case 'leaf': {
      const isNumeric = shape.type === 'integer' || shape.type === 'number';
      if (isNumeric && typeof value !== 'number')
        return `${path}: expected numeric (int or float), got ${goType(value)}`;
      if (shape.type === 'string' && typeof value !== 'string')
        return `${path}: expected string, got ${goType(value)}`;
      if (shape.type === 'boolean' && typeof value !== 'boolean')
        return `${path}: expected boolean, got ${goType(value)}`;
      return undefined;
    }
    default:
      return undefined;
  }
}

const goType = (value: unknown): string =>
  typeof value === 'string'
    ? 'string'
    : typeof value === 'number'
      ? 'int'
      : typeof value === 'boolean'
        ? 'bool'
        : 'map';
