/** The Debian release that the images are made of. */
export const imageSuite = 'trixie';

/** One index of the machine's package sources, as `apt-get indextargets` tells it. */
export type PackageIndex = { readonly uri: string; readonly release: string; readonly component: string };

export const indexFormat = '$(REPO_URI)|$(RELEASE)|$(COMPONENT)';

export function parseIndexes(text: string): readonly PackageIndex[] {
  return text
    .split('\n')
    .map((line) => line.trim().split('|'))
    .flatMap(([uri, release, component]) =>
      uri === undefined || release === undefined || component === undefined
        ? []
        : [{ uri, release, component }],
    );
}

const movingNames = ['stable', 'oldstable', 'testing'];

/**
 * The machine's own Debian sources, for the images' release: the same servers, the same kinds of update. Sources of
 * others (they name their releases differently) are left out.
 */
export function imageSources(indexes: readonly PackageIndex[], codename: string): readonly string[] {
  const lines = indexes.flatMap(({ uri, release, component }) => {
    const [base = '', ...kind] = release.split('-');
    const isDebian = base === codename || movingNames.includes(base);
    const wanted =
      kind.length === 0 || (kind.length === 1 && ['updates', 'security'].includes(kind[0] ?? ''));
    return isDebian && wanted && component === 'main'
      ? [`deb ${uri.replace(/\/$/, '')} ${[imageSuite, ...kind].join('-')} main`]
      : [];
  });
  return [...new Set(lines)];
}

const carriedOver = /^Acquire::(?:https?::|Check-Valid-Until |Check-Date |Retries )/;

/** Of the machine's apt settings those that say how its servers are reached. */
export const connectionSettings = (dump: string): readonly string[] =>
  dump.split('\n').filter((line) => carriedOver.test(line) && !line.endsWith(' "";'));

/** VERSION_CODENAME and ID of an os-release file. */
export function parseOsRelease(text: string): { readonly id: string; readonly codename: string } {
  const value = (key: string): string => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: value('ID'), codename: value('VERSION_CODENAME') };
}
