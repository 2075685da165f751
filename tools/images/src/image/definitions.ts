import { type BundleInput } from '../bundle/bundle.ts';
import { etcdVersion } from '../etcd/etcd-binary.ts';

/** What goes into an image's context: the things that are built before it, all else is in its Dockerfile. */
export type ContextSource =
  /** Programs, each in one file; those after the first are threads that the first one starts. */
  | { readonly kind: 'bundle'; readonly files: readonly BundleInput[] }
  | { readonly kind: 'versitygw' }
  | { readonly kind: 'etcd' };

export type ImageDefinition = {
  readonly name: string;
  readonly tag: string;
  readonly context: ContextSource;
  /** Whether the Dockerfile starts from the Debian and Node images (arguments BASE and NODE). */
  readonly needsBases: boolean;
  /** Folder below images/ with its Dockerfile; its own name without it. */
  readonly dockerfile?: string;
  /** Arguments of the Dockerfile. */
  readonly args?: Readonly<Record<string, string>>;
};

/** The thread in which an operator renews its Lease; the SDK looks for it beside the operator's own file. */
const leaseThread: BundleInput = {
  entry: 'packages/reconcile-sdk/src/election/lease-thread.ts',
  file: 'lease-thread.mjs',
};

/** An operator: all of them come from one Dockerfile. */
const operatorImage = <const Name extends string>(
  name: Name,
  description: string,
  programs: readonly BundleInput[] = [],
) => ({
  name,
  tag: '0.1.0',
  dockerfile: 'operator',
  args: { NAME: name, DESCRIPTION: description },
  context: {
    kind: 'bundle' as const,
    files: [{ entry: `apps/${name}/src/main.ts`, file: 'operator.mjs' }, leaseThread, ...programs],
  },
  needsBases: true,
});

export const imageDefinitions = [
  {
    name: 'postgres',
    tag: '17.12.0',
    context: { kind: 'bundle', files: [{ entry: 'apps/postgres-agent/src/main.ts', file: 'agent.mjs' }] },
    needsBases: true,
  },
  operatorImage('postgres-operator', 'Kubernetes operator for Postgres clusters'),
  operatorImage('etcd-backup-operator', 'Kubernetes operator for backups of etcd', [
    { entry: 'apps/etcd-backup-agent/src/main.ts', file: 'agent.mjs' },
  ]),
  { name: 'etcd', tag: etcdVersion, context: { kind: 'etcd' }, needsBases: false },
  { name: 's3', tag: '1.8.0', context: { kind: 'versitygw' }, needsBases: false },
] as const satisfies readonly ImageDefinition[];

export type ImageName = (typeof imageDefinitions)[number]['name'];

export const imageNames: readonly ImageName[] = imageDefinitions.map(({ name }) => name);

export function findImage(name: string): ImageDefinition {
  const found = imageDefinitions.find((definition) => definition.name === name);
  if (found === undefined)
    throw new Error(`there is no image ${name}: the images are ${imageNames.join(', ')}`);
  return found;
}

/** The full name under which containerd and pods know the image. */
export const imageReference = (name: ImageName): string => referenceOf(findImage(name));

export const referenceOf = ({ name, tag }: Pick<ImageDefinition, 'name' | 'tag'>): string =>
  `docker.io/local/${name}:${tag}`;
