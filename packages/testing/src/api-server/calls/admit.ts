import { optionsObject, type Attempt } from '../admission/attempt.ts';
import { administrator, type User } from '../access/user.ts';
import { type Fields, type Meta, type Stored } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';
import { type ServerState } from '../server-state.ts';

/** What of a write webhooks are told, beside the objects. */
export interface Admitted {
  operation: Attempt['operation'];
  before?: Stored;
  subresource?: string | undefined;
  dryRun: boolean;
  query?: URLSearchParams;
  user?: User;
  /** More of the options: those of a deletion. */
  options?: Fields;
}

/** Whether webhooks have to be asked about a write at all: never about the server's own, nor about webhooks. */
export const isAdmitted = (
  { admission }: ServerState,
  kind: Kind,
  { query }: Pick<Admitted, 'query'>,
): boolean => query !== undefined && admission.isActive() && kind.group !== 'admissionregistration.k8s.io';

const attemptOf = (kind: Kind, object: Stored | undefined, given: Admitted): Attempt => {
  const { operation, before, subresource, dryRun, query, user = administrator, options } = given;
  const { name, namespace } = (object ?? before)!.metadata;
  return {
    kind,
    operation,
    name,
    namespace,
    subresource,
    object,
    oldObject: before,
    user,
    dryRun,
    options: optionsObject(operation, query!, dryRun, options),
  };
};

/** The object as the mutating webhooks leave it. `decode` reads what they wrote. */
export function mutated(
  state: ServerState,
  kind: Kind,
  object: Stored,
  given: Admitted,
  decode: (object: Stored) => void,
): Stored {
  if (given.operation !== 'CREATE')
    return state.admission.mutate(state, attemptOf(kind, object, given), decode)!;
  // What the server itself gives an object is not there yet.
  const { uid, resourceVersion, creationTimestamp, generation, ...metadata } = object.metadata;
  const shown = { ...object, metadata: metadata as Meta };
  const result = state.admission.mutate(state, attemptOf(kind, shown, given), decode)!;
  return {
    ...result,
    metadata: {
      ...result.metadata,
      uid,
      resourceVersion,
      creationTimestamp,
      ...(generation === undefined ? {} : { generation }),
    },
  };
}

/** Throws when a validating webhook refuses. */
export function validated(state: ServerState, kind: Kind, object: Stored, given: Admitted): void {
  const { resourceVersion, ...rest } = object.metadata;
  const metadata = (resourceVersion === '' ? rest : object.metadata) as Meta;
  state.admission.validate(state, attemptOf(kind, { ...object, metadata }, given));
}

/** Asks all webhooks about a deletion. Throws a refusal. */
export function admitDeletion(state: ServerState, kind: Kind, given: Admitted): void {
  const attempt = attemptOf(kind, undefined, given);
  state.admission.mutate(state, attempt, () => undefined);
  state.admission.validate(state, attempt);
}
