import { decodeProtobuf, isProtobuf } from './protobuf/decode.ts';

/** What a request carries, or why it cannot be read. */
export type Body = { value: unknown } | { problem: string };

/** Reads JSON, and the protobuf that kubectl and Helm write built-in kinds in; no body at all is undefined. */
export function readBody(bytes: Uint8Array): Body {
  if (bytes.length === 0) return { value: undefined };
  try {
    const value: unknown = isProtobuf(bytes)
      ? decodeProtobuf(bytes)
      : JSON.parse(new TextDecoder().decode(bytes));
    return { value };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
