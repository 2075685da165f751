import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Fields } from '../../json.ts';
import { readBody } from '../body.ts';
import { decodeProtobuf } from './decode.ts';

/** The real server's own, in both forms. */
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../test/contract/recorded/protobuf.json'), 'utf8'),
) as { protobuf: string; json: Fields }[];
const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** No times that are not set, and no types inside: the server fills those of claim templates in anew. */
function asProtobufHasIt(json: unknown, isInside = false): unknown {
  if (Array.isArray(json)) return json.map((item) => asProtobufHasIt(item, true));
  if (typeof json !== 'object' || json === null) return json;
  const { apiVersion, kind, ...rest } = json as Fields;
  const isTemplate = isInside && kind === 'PersistentVolumeClaim';
  const types = isTemplate ? {} : { apiVersion, kind };
  return Object.fromEntries(
    Object.entries({ ...types, ...rest })
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([key, value]) => [key, asProtobufHasIt(value, isInside)]),
  );
}

describe('objects in protobuf', () => {
  it.each(recorded.map((each) => ({ ...each, kind: each.json['kind'] as string })))(
    '$kind says the same as in JSON',
    ({ protobuf, json }) => expect(decodeProtobuf(bytes(protobuf))).toEqual(asProtobufHasIt(json)),
  );

  it('are refused when they are cut short, or of a kind that is not known', () => {
    const whole = bytes(recorded[0]!.protobuf);
    const cut = readBody(whole.subarray(0, whole.length - 3));
    expect(cut).toEqual({ problem: 'a protobuf message ends inside a number' });
    const strange = Buffer.from(whole.toString('latin1').replace('ConfigMap', 'ConfigBag'), 'latin1');
    expect(readBody(strange)).toEqual({
      problem: 'no protobuf form of ConfigBag in v1 is known here: send it as application/json',
    });
  });

  it('is told from JSON, and from no body', () => {
    expect(readBody(Buffer.from('{"a":1}'))).toEqual({ value: { a: 1 } });
    expect(readBody(Buffer.alloc(0))).toEqual({ value: undefined });
    expect(JSON.stringify(readBody(Buffer.from('a: 1')))).toContain('is not valid JSON');
  });
});
