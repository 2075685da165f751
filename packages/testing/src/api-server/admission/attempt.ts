import { type User } from '../access/user.ts';
import { type Fields, type Stored } from '../json.ts';
import { type Kind } from '../kinds/kind.ts';

/** A write that has not happened yet. */
export interface Attempt {
  kind: Kind;
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  name: string;
  namespace: string | undefined;
  subresource: string | undefined;
  /** As it will be; none of a deletion. */
  object: Stored | undefined;
  /** As it is; none of a creation. */
  oldObject: Stored | undefined;
  user: User;
  dryRun: boolean;
  /** CreateOptions, UpdateOptions or DeleteOptions. */
  options: Fields;
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

/** The options of a write, as webhooks are told of them: what the query says. */
export function optionsObject(
  operation: Attempt['operation'],
  query: URLSearchParams,
  dryRun: boolean,
  more: Fields = {},
): Fields {
  const said = (name: string): Fields => {
    const value = query.get(name);
    return value === null || operation === 'DELETE' ? {} : { [name]: value };
  };
  return {
    kind: optionKinds[operation],
    apiVersion: 'meta.k8s.io/v1',
    ...(dryRun ? { dryRun: ['All'] } : {}),
    ...said('fieldManager'),
    ...said('fieldValidation'),
    ...more,
  };
}
