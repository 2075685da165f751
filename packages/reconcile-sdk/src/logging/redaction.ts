import { errorRecord } from './error-record.ts';
import { isSecretText, redacted } from './secret-text.ts';

/** Names under which secrets travel: redacted wherever they stand, whatever their type. Compared without `-`, `_` and case. */
const secretNames = new Set([
  'secret',
  'accesskeyid',
  'authorization',
  'cookie',
  'setcookie',
  'data',
  'stringdata',
]);
const secretEnds = /(?:password|passwd|token|apikey|privatekey|secretaccesskey|clientsecret|credentials)$/;
const isSecretName = (name: string): boolean => {
  const plain = name.toLowerCase().replace(/[-_]/g, '');
  return secretNames.has(plain) || secretEnds.test(plain);
};

const maxDepth = 8;
const maxItems = 100;

/**
 * A copy of what is to be logged, without secrets: a SecretText, an object of kind Secret, what stands under a
 * secret's name, private keys, and passwords in URLs. It is bounded and finite: deep, long and circular things are cut.
 * Values that JSON has no word for become text.
 */
export function withoutSecrets(value: unknown, withStacks = false): unknown {
  const path: object[] = [];
  const copy = (item: unknown): unknown => {
    if (typeof item === 'string') return textWithoutSecrets(item);
    if (typeof item === 'bigint') return String(item);
    if (typeof item !== 'object' || item === null) return item;
    if (isSecretText(item)) return redacted;
    if (item instanceof Error) return copy(errorRecord(item, withStacks));
    if (ArrayBuffer.isView(item)) return `[${item.byteLength} bytes]`;
    if (item instanceof Date) return Number.isNaN(item.getTime()) ? null : item.toISOString();
    if (path.includes(item)) return '[circular]';
    if (path.length === maxDepth) return '[deep]';
    path.push(item);
    try {
      return container(item);
    } finally {
      path.pop();
    }
  };
  const container = (item: object): unknown => {
    if (Array.isArray(item) || item instanceof Set) {
      const all: readonly unknown[] = [...(item as Iterable<unknown>)];
      const shown = all.slice(0, maxItems).map(copy);
      return all.length > maxItems ? [...shown, `[${all.length - maxItems} more]`] : shown;
    }
    if (isKubernetesSecret(item)) return secretReference(item);
    if ('toJSON' in item && typeof item.toJSON === 'function') return copy((item.toJSON as () => unknown)());
    const entries: Iterable<[unknown, unknown]> = item instanceof Map ? item : Object.entries(item);
    const result: Record<string, unknown> = {};
    for (const [key, entry] of entries) {
      // A key that is an object may have no text, and its contents are nobody's business here.
      const name = typeof key === 'string' ? key : typeof key === 'number' ? String(key) : `[${typeof key}]`;
      result[name] = entry !== undefined && entry !== null && isSecretName(name) ? redacted : copy(entry);
    }
    return result;
  };
  return copy(value);
}

/** Items of a list have no kind, so the shape counts as well. */
function isKubernetesSecret(item: object): boolean {
  if ('kind' in item && item.kind === 'Secret')
    return 'data' in item || 'stringData' in item || 'metadata' in item;
  return 'stringData' in item || ('data' in item && 'metadata' in item && 'type' in item);
}

function secretReference(item: object): unknown {
  const { metadata } = item as {
    metadata?: { namespace?: unknown; name?: unknown; resourceVersion?: unknown };
  };
  const { namespace, name, resourceVersion } = metadata ?? {};
  return { kind: 'Secret', namespace, name, resourceVersion, data: redacted };
}

const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const userInfo = /(\/\/[^/\s:@]*:)[^/\s@]+@/g;

/** Text without private keys and passwords in URLs. */
export function textWithoutSecrets(text: string): string {
  let plain = text;
  if (plain.includes('PRIVATE KEY-----')) plain = plain.replace(privateKey, redacted);
  if (plain.includes('://') && plain.includes('@')) plain = plain.replace(userInfo, `$1${redacted}@`);
  return plain;
}
