import { isFields } from '../json.ts';
import { fieldElement, keyElement, valueElement } from './path-set.ts';
import { free, leaf, type Shape } from './shape.ts';

/** One part of a value that can be owned by itself. */
export interface Child {
  element: string;
  value: unknown;
  shape: Shape;
  /** A declared field, and not an entry of a map or an item of a list. */
  isField: boolean;
}

/** The parts of a value, or undefined when it is owned as a whole. Null has parts where a list or a map is due. */
export function childrenOf(value: unknown, shape: Shape): Child[] | undefined {
  switch (shape.is) {
    case 'leaf':
    case 'atomic':
      return undefined;
    case 'set':
      if (!Array.isArray(value)) return value === null ? [] : undefined;
      return value.map((item: unknown) => ({
        element: valueElement(item),
        value: item,
        shape: leaf,
        isField: false,
      }));
    case 'keyed':
      if (!Array.isArray(value)) return value === null ? [] : undefined;
      return value.filter(isFields).map((item) => ({
        element: keyElement(item, shape.keys, shape.defaults),
        value: item,
        shape: shape.items,
        isField: false,
      }));
    case 'free':
    case 'map':
    case 'struct':
      if (!isFields(value)) return undefined;
      return Object.entries(value)
        .filter(([, child]) => child !== undefined)
        .map(([name, child]) => ({
          element: fieldElement(name),
          value: child,
          shape: fieldShape(shape, name),
          isField: shape.is === 'struct' && (shape.fields[name] !== undefined || shape.others !== 'refused'),
        }));
  }
}

export function fieldShape(shape: Shape, name: string): Shape {
  if (shape.is === 'map') return shape.values;
  if (shape.is === 'struct') return shape.fields[name] ?? (shape.others === 'refused' ? free : shape.others);
  return free;
}
