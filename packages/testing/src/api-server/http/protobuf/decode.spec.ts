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

describe('objects in protobuf', () => {
  it.each(recorded.map((each) => ({ ...each, kind: each.json['kind'] as string })))(
    '$kind says the same as in JSON',
    ({ protobuf, json }) => expect(decodeProtobuf(bytes(protobuf))).toEqual(json),
  );

  it('are refused when they are cut short, or of a kind that is not known', () => {
    const whole = bytes(recorded[0]!.protobuf);
    const cut = readBody(whole.subarray(0, whole.length - 3));
    expect(cut).toEqual({ problem: 'a protobuf message ends inside a field' });
    const strange = Buffer.from(whole.toString('latin1').replace('ConfigMap', 'ConfigBag'), 'latin1');
    expect(readBody(strange)).toEqual({
      problem: 'no protobuf form of ConfigBag in v1 is known here: send it as application/json',
    });
  });

  it('is told from JSON, and from no body', () => {
    expect(readBody(Buffer.from('{"a":1}'))).toEqual({ value: { a: 1 } });
    expect(readBody(Buffer.alloc(0))).toEqual({ value: undefined });
    expect(readBody(Buffer.from('a: 1'))).toMatchObject({
      problem: expect.stringContaining('JSON') as string,
    });
  });
});
