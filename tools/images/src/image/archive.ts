/** File name of a built image: its name and the hash of all that went into it. */
export const archiveFileName = (name: string, key: string): string => `${name}-${key}.tar`;

const pattern = /^(.+)-[0-9a-f]{16}\.tar$/;

export type ArchiveFile = { readonly fileName: string; readonly modifiedAt: number };

/** Which archives of one image are older than the `keep` newest; those of other images are none of our business. */
export function outdatedArchives(
  name: string,
  files: readonly ArchiveFile[],
  keep: number,
): readonly string[] {
  return files
    .filter(({ fileName }) => pattern.exec(fileName)?.[1] === name)
    .toSorted((left, right) => right.modifiedAt - left.modifiedAt)
    .slice(keep)
    .map(({ fileName }) => fileName);
}
