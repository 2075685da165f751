export type Builder = 'local' | 'docker' | 'podman';

export type BuilderFacts = {
  /** STATEFUL_IMAGE_BUILDER. */
  readonly wanted: string | undefined;
  readonly platform: string;
  readonly isRoot: boolean;
  /** Commands that the machine has. */
  readonly has: (command: string) => boolean;
};

const engines = ['docker', 'podman'] as const;

/**
 * Which way of building images this machine offers. Our own comes first where it works (Debian, root): it needs no
 * daemon, and a docker command alone does not tell whether there is one.
 */
export function chooseBuilder({ wanted, platform, isRoot, has }: BuilderFacts): Builder {
  if (wanted === 'local' || wanted === 'docker' || wanted === 'podman') return wanted;
  if (wanted !== undefined && wanted !== '') {
    throw new Error(`STATEFUL_IMAGE_BUILDER is "${wanted}": it may be local, docker or podman`);
  }
  if (platform === 'linux' && isRoot && has('apt-get')) return 'local';
  const engine = engines.find(has);
  if (engine !== undefined) return engine;
  throw new Error(
    'images are built with docker, with podman, or, as root on Debian, without either: none is here',
  );
}
