import { isFields, type Fields } from '../json.ts';

/** What stands where nothing is to be shown. */
export const none = '<none>';
export const unset = '<unset>';

/** A part of an object; empty when it is not there. */
export const part = (object: unknown, ...path: string[]): Fields => {
  const value = at(object, ...path);
  return isFields(value) ? value : {};
};
export const list = (object: unknown, ...path: string[]): Fields[] => {
  const value = at(object, ...path);
  return Array.isArray(value) ? value.filter(isFields) : [];
};
export const texts = (object: unknown, ...path: string[]): string[] => {
  const value = at(object, ...path);
  return Array.isArray(value) ? value.map(String) : [];
};
export const count = (object: unknown, ...path: string[]): number => {
  const value = at(object, ...path);
  return typeof value === 'number' ? value : 0;
};
/** A text or a number as text; nothing for anything else. */
export const text = (object: unknown, ...path: string[]): string => {
  const value = at(object, ...path);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? `${value}`
    : '';
};

function at(object: unknown, ...path: string[]): unknown {
  let value = object;
  for (const name of path) value = isFields(value) ? value[name] : undefined;
  return value;
}

/** `a=1,b=2`; `<none>` when there are none. */
export const labelsText = (labels: Fields): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${String(value as string)}`)
    .sort()
    .join(',') || none;

const operators: Readonly<Record<string, string>> = { In: 'in', NotIn: 'notin' };

/** A label selector as kubectl takes it: `app=a,tier in (x,y),!gone`. */
export function selectorText(selector: Fields): string {
  const expressions = list(selector, 'matchExpressions').map((each) => {
    const [key, operator] = [text(each, 'key'), text(each, 'operator')];
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operators[operator] ?? operator} (${texts(each, 'values').sort().join(',')})`;
  });
  const labels = Object.entries(part(selector, 'matchLabels')).map(
    ([name, value]) => `${name}=${String(value as string)}`,
  );
  return [...labels, ...expressions].sort().join(',') || none;
}

const modes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

export const accessModes = (object: unknown, ...path: string[]): string =>
  Object.keys(modes)
    .filter((mode) => texts(object, ...path).includes(mode))
    .map((mode) => modes[mode])
    .join(',');
