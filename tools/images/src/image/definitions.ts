/** What goes into an image's context: the things that are built before it, all else is in its Dockerfile. */
export type ContextSource =
  { readonly kind: 'bundle'; readonly entry: string; readonly file: string } | { readonly kind: 'versitygw' };

export type ImageDefinition = {
  readonly name: string;
  readonly tag: string;
  readonly context: ContextSource;
  /** Whether the Dockerfile starts from the Debian and Node images (arguments BASE and NODE). */
  readonly needsBases: boolean;
};

export const imageDefinitions = [
  {
    name: 'postgres',
    tag: '17.12.0',
    context: { kind: 'bundle', entry: 'apps/postgres-agent/src/main.ts', file: 'agent.mjs' },
    needsBases: true,
  },
  {
    name: 'postgres-operator',
    tag: '0.1.0',
    context: { kind: 'bundle', entry: 'apps/postgres-operator/src/main.ts', file: 'operator.mjs' },
    needsBases: true,
  },
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
