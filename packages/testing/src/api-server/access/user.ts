/** Somebody who asks, as the API server sees him. */
export interface User {
  name: string;
  groups: readonly string[];
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
}

export const authenticated = 'system:authenticated';
export const everything = 'system:masters';

/** Who asks when a request names nobody: may do everything, and no role is looked at. */
export const administrator: User = {
  name: 'admin',
  groups: [everything, authenticated],
  extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=0'] },
};

export const isAdministrator = ({ groups }: User): boolean => groups.includes(everything);

const accountPrefix = 'system:serviceaccount:';
export const accountName = (namespace: string, name: string): string =>
  `${accountPrefix}${namespace}:${name}`;
export const accountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];

/** Namespace and name of the service account that a user is, if he is one. */
export function accountOf(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(accountPrefix)) return undefined;
  const [namespace = '', name = '', ...more] = user.slice(accountPrefix.length).split(':');
  return namespace && name && more.length === 0 ? { namespace, name } : undefined;
}
