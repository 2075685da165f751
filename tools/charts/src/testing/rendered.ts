import { type Rendered } from './helm.ts';

/** `KIND [NAMESPACE/]NAME` of each, sorted. */
export const named = (objects: readonly Rendered[]): string[] =>
  objects
    .map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`,
    )
    .sort();

/** The only object of its kind. */
export function one(objects: readonly Rendered[], kind: string): Rendered {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`there are ${found.length} objects of kind ${kind}, not one`);
  return found[0]!;
}

/** What these tests look at in the operator's pods. */
export interface PodSpec {
  readonly securityContext: object;
  readonly terminationGracePeriodSeconds: number;
  readonly volumes?: readonly object[];
  readonly containers: readonly {
    readonly args: string[];
    readonly securityContext: object;
    readonly image: string;
    readonly env: readonly { readonly name: string; readonly value?: string }[];
  }[];
}

export const podOf = (objects: readonly Rendered[]): PodSpec =>
  (one(objects, 'Deployment')['spec'] as { template: { spec: PodSpec } }).template.spec;

export const argsOf = (objects: readonly Rendered[]): string[] => podOf(objects).containers[0]?.args ?? [];
