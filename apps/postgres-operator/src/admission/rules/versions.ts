import { type Rule, refuse } from '../rule.ts';

const majorOf = (version: string): number => Number(version.split('.')[0]);

/** Which versions a cluster may have, and how it gets from one to another. */
export const versionRules: readonly Rule[] = [
  {
    name: 'version-has-image',
    field: 'spec.version',
    check: ({ spec: { version }, versions }) =>
      refuse(
        !versions.includes(version),
        () =>
          `the operator has no image for "${version}"; it has ${versions.length > 0 ? versions.join(', ') : 'none: set images in the chart'}`,
      ),
  },
  {
    // Data of one major version cannot be read by another, so there is no order in which skipping one would matter.
    name: 'version-path',
    field: 'spec.version',
    needs: 'live',
    check: ({ spec: { version } }, live) => {
      if (live.version === undefined) return [];
      const [from, to] = [majorOf(live.version), majorOf(version)];
      return refuse(from !== to, () =>
        to < from
          ? `the major version cannot go back: the data was made with "${live.version}", "${version}" is wanted; allowed is ${from}.MINOR.REVISION`
          : `the major version cannot change in place: from "${live.version}" allowed is ${from}.MINOR.REVISION, "${version}" is wanted; make a new cluster and move the data by a dump`,
      );
    },
  },
];
