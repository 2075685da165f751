import { type ClientConfig } from '../admission/webhook.ts';
import { type Shape } from '../fields/shape.ts';
import { type Fields, type Stored } from '../json.ts';
import { type Schema } from '../schema/schema.ts';
import { type StatusCause } from '../status.ts';

/** One kind at one version, as this server serves it. */
export interface Kind {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  listKind: string;
  shortNames?: readonly string[];
  /** Names of sets of kinds that it is one of: `all`. */
  categories?: readonly string[];
  /** Columns of a Table after the name; absent: its age, or what the data have of a built-in kind. */
  printerColumns?: readonly PrinterColumn[];
  /** All that may be asked of it, where that is not everything. */
  verbs?: readonly string[];
  namespaced: boolean;
  shape: Shape;
  /** Has `/status`: then the main resource does not write it. */
  status: boolean;
  /** Has `/scale`, with the paths of its figures. */
  scale?: { replicas: string; statusReplicas: string; selector?: string };
  /** What `metadata.generation` counts: changes of the spec, of all but metadata, or nothing. */
  generation: 'spec' | 'content' | 'none';
  /** An update needs no resourceVersion. */
  blindUpdates: boolean;
  /** Of a CRD; built-in kinds are not checked field by field. */
  schema?: Schema;
  /** Built-in kinds have parts that are always there, and are owned by nobody for being there. */
  empty: Fields;
  /** Built-in kinds: fills in what is not said. */
  defaults?: (object: Fields, server: ServerFacts) => void;
  /** Built-in kinds: what is wrong with the contents of an object, or with a change of it. */
  problems?: (object: Stored, before: Stored | undefined) => StatusCause[];
  /** Fields that a list may be selected by, beside name and namespace. */
  selectable?: readonly string[];
  /** Deleting waits for somebody who confirms, by default this many seconds. */
  gracePeriod?: (object: Fields) => number;
  fromCrd?: string;
  /** What a client is told who uses this version still. */
  deprecation?: string;
  /** Where several versions are served, or the schema has changed: how what is stored becomes this one. */
  versions?: KindVersions;
}

/** The versions of one custom kind. */
export interface KindVersions {
  /** Which is stored. */
  storage: string;
  all: ReadonlyMap<string, Kind>;
  conversion: { strategy: 'None' | 'Webhook'; webhook?: { clientConfig: ClientConfig } };
}

/** `additionalPrinterColumns` of a CRD. */
export interface PrinterColumn {
  name: string;
  type: string;
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

/** What defaults may ask for. */
export interface ServerFacts {
  now: string;
}

/** `GROUP/VERSION`, or `VERSION` in the core group. */
export const apiVersionOf = ({ group, version }: Pick<Kind, 'group' | 'version'>): string =>
  group ? `${group}/${version}` : version;

/** Where objects of a kind are stored, whatever the version. */
export const storageKey = ({ group, plural }: Pick<Kind, 'group' | 'plural'>): string => `${plural}.${group}`;
