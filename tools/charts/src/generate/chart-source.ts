import { type CustomResourceDefinition } from '@stateful/crd-kit';
import { type z } from 'zod';

/** A rule of a Role. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What the files of an operator's chart are made from. */
export interface ChartSource {
  /** Where the chart is. */
  readonly folder: string;
  /** Its name, and that of its templates. */
  readonly name: string;
  readonly values: z.ZodObject;
  readonly crds: readonly CustomResourceDefinition[];
  /** Names of those that other charts bring, too. */
  readonly sharedCrds?: readonly string[];
  /** The operator's rights, as its controllers declare them; templates know them by these names. */
  readonly rbac: Readonly<
    Record<'operator' | 'allNamespaces' | 'leaderElection', readonly PolicyRule[]> & Record<string, unknown>
  >;
  /** Files of this chart alone. Their first line says that they are generated; `from` makes it. */
  readonly files?: (tools: GeneratorTools) => readonly GeneratedFile[];
}

/** A file of the chart that is made from something else. Paths are relative to the chart. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

export interface GeneratorTools {
  /** The words that tell where a file comes from and how it is made again. */
  from(source: string): string;
  /** As Helm and kubectl read it: YAML 1.1, where more words need quotes. */
  yaml(value: unknown): string;
}
