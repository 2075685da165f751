import { type Clock, type Random } from '@stateful/reconcile-sdk';
import { type Authorizer } from './access/authorizer.ts';
import { type TokenIssuer } from './access/tokens.ts';
import { type User } from './access/user.ts';
import { type Admission } from './admission/admission.ts';
import { type RequestCounter } from './audit/request-counter.ts';
import { type Stored } from './json.ts';
import { type Kind } from './kinds/kind.ts';
import { type Outside } from './outside/outside.ts';
import { type RevisionStore } from './store/revision-store.ts';

/** What all calls of one server share. */
export interface ServerState {
  readonly store: RevisionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly kinds: KindRegistry;
  readonly authorizer: Authorizer;
  readonly tokens: TokenIssuer;
  readonly admission: Admission;
  readonly outside: Outside;
  readonly requests: RequestCounter;
  /** Turns an object into the version of a kind. */
  convert(object: Stored, kind: Kind): Stored;
  /** Tells the client of a call what he should know, in a `Warning` header. */
  warn(text: string): void;
  /** By bearer token: users that the server was made with. */
  readonly users: ReadonlyMap<string, User>;
}

/** Which kinds are served. */
export interface KindRegistry {
  find(group: string, version: string, plural: string): Kind | undefined;
  all(): readonly Kind[];
  /** Whether anything is served under a group and version. */
  serves(group: string, version: string): boolean;
  add(kind: Kind): void;
  /** Takes away what a CRD brought. */
  removeOf(crd: string): void;
}

export function createKindRegistry(initial: readonly Kind[]): KindRegistry {
  const kinds = new Map<string, Kind>();
  const id = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;
  let served: Set<string> | undefined;
  const add = (kind: Kind): void => {
    kinds.set(id(kind.group, kind.version, kind.plural), kind);
    served = undefined;
  };
  initial.forEach(add);
  return {
    find: (group, version, plural) => kinds.get(id(group, version, plural)),
    all: () => [...kinds.values()],
    serves(group, version) {
      served ??= new Set([...kinds.values()].map((kind) => `${kind.group}/${kind.version}`));
      return served.has(`${group}/${version}`);
    },
    add,
    removeOf(crd) {
      for (const [key, kind] of kinds) if (kind.fromCrd === crd) kinds.delete(key);
      served = undefined;
    },
  };
}

/** `NAMESPACE/NAME`: where an object stands among those of its kind. */
export const objectKey = (namespace: string | undefined, name: string): string =>
  `${namespace ?? ''}/${name}`;
