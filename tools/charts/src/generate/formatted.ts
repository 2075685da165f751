import { format, resolveConfig } from 'prettier';

/** A file's content in the house format, where Prettier looks after it. */
export async function formatted(path: string, content: string): Promise<string> {
  const isLookedAfter = !/\/(templates|files)\//.test(path);
  return isLookedAfter ? format(content, { ...(await resolveConfig(path)), filepath: path }) : content;
}
