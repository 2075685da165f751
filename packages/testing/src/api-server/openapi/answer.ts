import { createHash } from 'node:crypto';
import { servedGroups } from '../discovery/groups.ts';
import { type ApiAnswer } from '../exchange.ts';
import { type Fields } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';
import { openApiDocument } from './document.ts';

const hashOf = (document: Fields): string =>
  createHash('sha512').update(JSON.stringify(document)).digest('hex').toUpperCase();

/**
 * Answers `/openapi/v3` and its documents. They are made when they are asked for and kept until the kinds change, so
 * that a server nobody explains anything of pays nothing.
 */
export function createOpenApi(kinds: () => readonly Kind[]) {
  let made: { of: readonly Kind[]; documents: Map<string, { body: Fields; hash: string }> } | undefined;

  function documents(): Map<string, { body: Fields; hash: string }> {
    const now = kinds();
    const isSame = made?.of.length === now.length && now.every((kind, index) => kind === made?.of[index]);
    if (made && isSame) return made.documents;
    const entries = servedGroups(now).flatMap(({ name, versions }) =>
      versions.map((served) => {
        const body = openApiDocument(served);
        const path = name === '' ? `api/${served.version}` : `apis/${name}/${served.version}`;
        return [path, { body, hash: hashOf(body) }] as const;
      }),
    );
    made = { of: now, documents: new Map(entries) };
    return made.documents;
  }

  return (path: string): ApiAnswer | undefined => {
    if (path === '/openapi/v3') {
      const paths = [...documents()].map(([name, { hash }]) => [
        name,
        { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` },
      ]);
      return { status: 200, body: { paths: Object.fromEntries(paths) as Fields } };
    }
    if (!path.startsWith('/openapi/v3/')) return undefined;
    const found = documents().get(path.slice('/openapi/v3/'.length));
    return found
      ? { status: 200, body: found.body, headers: { etag: `"${found.hash}"` } }
      : { status: 404, body: '' };
  };
}
