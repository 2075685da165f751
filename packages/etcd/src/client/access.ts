/** How the members of a cluster are reached. */
export interface EtcdAccess {
  /** PEM. `caPem` absent: the public authorities. */
  readonly tls?: {
    readonly caPem?: string;
    readonly certPem?: string;
    readonly keyPem?: string;
    readonly serverName?: string;
  };
  readonly auth?: { readonly name: string; readonly password: string };
}
