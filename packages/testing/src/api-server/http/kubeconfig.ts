/** Whom a kubeconfig is for, and whom it trusts. */
export interface KubeconfigUser {
  /** Of the authority that the server's certificate is from. */
  caPem?: string;
  /** Of a service account, say; clients show it only to a server with TLS. Absent: an administrator. */
  token?: string;
}

/** A kubeconfig for a server of this package. YAML is a superset of JSON. */
export function kubeconfigFor(server: string, { caPem, token }: KubeconfigUser = {}): string {
  const authority =
    caPem === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(caPem, 'utf8').toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'in-process',
    clusters: [{ name: 'in-process', cluster: { server, ...authority } }],
    users: [{ name: 'in-process', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'in-process', context: { cluster: 'in-process', user: 'in-process' } }],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
