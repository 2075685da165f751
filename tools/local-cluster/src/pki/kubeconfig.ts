import { stringify } from 'yaml';
import { type Certificate } from './authority.ts';

export type KubeconfigInput = {
  /** Name of the cluster, shown by kubectl. */
  readonly name: string;
  readonly server: string;
  readonly caPem: string;
  readonly user: Certificate;
};

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** A kubeconfig with everything inside, so that the file can be copied anywhere. */
export function renderKubeconfig({ name, server, caPem, user }: KubeconfigInput): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [
      {
        name,
        user: {
          'client-certificate-data': base64(user.certPem),
          'client-key-data': base64(user.keyPem),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
