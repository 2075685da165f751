import { type Random } from '@stateful/reconcile-sdk';
import { equalJson, type Meta, type Stored } from './json.ts';
import { type Kind } from './kinds/kind.ts';
import { forbiddenValue, invalidValue, required, type StatusCause } from './status.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const nameText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const letters = 'bcdfghjklmnpqrstvwxz2456789';
const isRbac = ({ group }: Kind): boolean => group === 'rbac.authorization.k8s.io';

/** What is wrong with the metadata of a new object. */
export function newMetadataProblems(metadata: Partial<Meta>, kind: Kind): StatusCause[] {
  const { name, labels = {} } = metadata;
  if (!name) return [required('metadata.name', 'name or generateName is required')];
  const causes: StatusCause[] = [];
  const [form, text] = ['namespaces', 'services'].includes(kind.plural)
    ? [label, labelText]
    : [subdomain, subdomainText];
  // Roles may be named after anything that a path can hold.
  if (!isRbac(kind) && !form.test(name)) causes.push(invalidValue('metadata.name', name, text));
  for (const [key, value] of Object.entries(labels)) {
    const bare = key.includes('/') ? key.slice(key.indexOf('/') + 1) : key;
    if (!qualifiedName.test(bare)) causes.push(invalidValue('metadata.labels', key, nameText));
    if (!labelValue.test(value)) causes.push(invalidValue('metadata.labels', value, valueText));
  }
  return causes;
}

/** What a write may not do to the metadata of an object that is there. */
export function changedMetadataProblems(before: Stored, after: Stored): StatusCause[] {
  const causes: StatusCause[] = [];
  const { uid, finalizers = [], deletionTimestamp } = before.metadata;
  if (deletionTimestamp !== undefined) {
    const added = (after.metadata.finalizers ?? []).filter((each) => !finalizers.includes(each));
    if (added.length > 0) {
      causes.push(
        forbiddenValue(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((each) => JSON.stringify(each)).join(', ')}}`,
        ),
      );
    }
  }
  if (after.metadata.uid !== uid)
    causes.push(invalidValue('metadata.uid', after.metadata.uid, 'field is immutable'));
  return causes;
}

/** A UUID of version 4 from the given chance. */
export function newUid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random.next() * 16).toString(16));
  digits[12] = '4';
  digits[16] = '89ab'[Math.floor(random.next() * 4)]!;
  const text = digits.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  );
}

export const generatedName = (base: string, random: Random): string =>
  base.slice(0, 58) +
  Array.from({ length: 5 }, () => letters[Math.floor(random.next() * letters.length)]).join('');

/** Seconds, as the API writes times. */
export function timeText(ms: number): string {
  // Asked for several times at each write, mostly in the same second.
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  }
  return lastText;
}
let lastSecond = NaN;
let lastText = '';

/** Whether two states differ in more than what the server itself keeps. */
export const isSameObject = (a: Stored, b: Stored): boolean =>
  equalJson(
    { ...a, metadata: { ...a.metadata, resourceVersion: '' } },
    { ...b, metadata: { ...b.metadata, resourceVersion: '' } },
  );
