/** Major, minor, patch. */
export type EtcdVersion = readonly [number, number, number];

/** `3.6.5`, `v3.6`; undefined: it is none. */
export function parseVersion(text: string | undefined): EtcdVersion | undefined {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?$/.exec(text ?? '');
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/** What the tag of an image says, such as `registry.example.com:5000/etcd:v3.6.5@sha256:…`; undefined: nothing. */
export function versionOfImage(image: string): EtcdVersion | undefined {
  const name = image.split('@')[0]!.split('/').at(-1)!;
  const at = name.indexOf(':');
  return at < 0 ? undefined : parseVersion(name.slice(at + 1));
}

/** Data of a minor version may be unreadable for an older one; patches of one minor version read each other's. */
export const isOlder = ([major, minor]: EtcdVersion, than: EtcdVersion): boolean =>
  major < than[0] || (major === than[0] && minor < than[1]);

/** `--bump-revision` came with 3.6.0, 3.5.10 and 3.4.27 (changelogs of etcd). */
export function canBump([major, minor, patch]: EtcdVersion): boolean {
  if (major !== 3) return major > 3;
  if (minor === 4) return patch >= 27;
  return minor === 5 ? patch >= 10 : minor > 5;
}

export const versionText = (version: EtcdVersion): string => version.join('.');
