import data from '../../data/protobuf.json' with { type: 'json' };

/** How one field of a message becomes JSON. */
export interface MessageField {
  /** Absent: the fields of the message inside take its place. */
  json: string | undefined;
  form: 'one' | 'many' | 'map';
  /** A letter for what writes itself, or the name of a message; `test/contract/record-protobuf.ts` lists the letters. */
  type: string;
  /** Written although it is zero. */
  isKept: boolean;
}

/** Recorded from the Go types by `test/contract/record-protobuf.ts`. */
const recorded: { kinds: Readonly<Record<string, string>>; messages: Readonly<Record<string, string>> } =
  data;
const parsed = new Map<string, ReadonlyMap<number, MessageField>>();

/** The name of a kind's message. Options of a delete are the same in every group. */
export const messageOf = (apiVersion: string, kind: string): string | undefined =>
  kind === 'DeleteOptions' ? 'meta/v1.DeleteOptions' : recorded.kinds[`${apiVersion}/${kind}`];

/** The fields of a message by their numbers. */
export function fieldsOf(message: string): ReadonlyMap<number, MessageField> {
  const known = parsed.get(message);
  if (known) return known;
  const texts = (recorded.messages[message] ?? '').split(';').filter(Boolean);
  const fields = new Map(
    texts.map((text): [number, MessageField] => {
      const [number, name = '', type = ''] = text.split(' ');
      const [, sign, bare = ''] = /^(\[\]|\{\}|!)?(.*)$/.exec(type) ?? [];
      return [
        Number(number),
        {
          json: name === '.' ? undefined : name,
          form: sign === '[]' ? 'many' : sign === '{}' ? 'map' : 'one',
          type: bare,
          isKept: sign === '!',
        },
      ];
    }),
  );
  parsed.set(message, fields);
  return fields;
}
