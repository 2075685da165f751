import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, createKeyPair, type Authority, type Certificate } from '../pki/authority.ts';
import { renderKubeconfig } from '../pki/kubeconfig.ts';

/** Where the files of a control plane's PKI stand. */
export type PkiFiles = {
  readonly dir: string;
  readonly ca: string;
  readonly caKey: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly cert: (name: string) => string;
  readonly key: (name: string) => string;
  readonly kubeconfig: (name: string) => string;
};

export function pkiFiles(dir: string): PkiFiles {
  return {
    dir,
    ca: join(dir, 'ca.crt'),
    caKey: join(dir, 'ca.key'),
    serviceAccountKey: join(dir, 'service-account.key'),
    serviceAccountPublicKey: join(dir, 'service-account.pub'),
    cert: (name) => join(dir, `${name}.crt`),
    key: (name) => join(dir, `${name}.key`),
    kubeconfig: (name) => join(dir, `${name}.kubeconfig`),
  };
}

export type Credentials = {
  readonly files: PkiFiles;
  readonly authority: Authority;
  readonly admin: Certificate;
  /** Issues a certificate for a user and writes certificate, key and kubeconfig. */
  readonly addUser: (name: string, commonName: string, groups?: readonly string[]) => Certificate;
  /** Issues a certificate for a server (or a node, which is both) and writes it. */
  readonly addServer: (
    name: string,
    commonName: string,
    groups: readonly string[],
    hosts: readonly string[],
  ) => Certificate;
};

export type CredentialsInput = {
  readonly dir: string;
  readonly clusterName: string;
  readonly server: string;
  /** Every name and address under which clients reach the API server. */
  readonly serverHosts: readonly string[];
};

/** A new PKI on disk, readable by its owner only: what etcd-less kube-apiserver and its clients need. */
export function createCredentials(input: CredentialsInput): Credentials {
  const { dir, clusterName, server, serverHosts } = input;
  const files = pkiFiles(dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const write = (path: string, text: string): void => writeFileSync(path, text, { mode: 0o600 });

  const authority = createAuthority(`${clusterName}-ca`);
  write(files.ca, authority.certPem);
  write(files.caKey, authority.keyPem);
  const serviceAccounts = createKeyPair();
  write(files.serviceAccountKey, serviceAccounts.keyPem);
  write(files.serviceAccountPublicKey, serviceAccounts.publicKeyPem);

  const addServer: Credentials['addServer'] = (name, commonName, groups, hosts) => {
    const certificate = authority.issue({ commonName, organizations: groups, hosts });
    write(files.cert(name), certificate.certPem);
    write(files.key(name), certificate.keyPem);
    write(
      files.kubeconfig(name),
      renderKubeconfig({ name: clusterName, server, caPem: authority.certPem, user: certificate }),
    );
    return certificate;
  };
  const addUser: Credentials['addUser'] = (name, commonName, groups = []) =>
    addServer(name, commonName, groups, []);

  addServer('apiserver', 'kube-apiserver', [], serverHosts);
  addUser('kubelet-client', 'kube-apiserver-kubelet-client', ['system:masters']);
  addUser('front-proxy', 'front-proxy-client');
  const admin = addUser('admin', 'admin', ['system:masters']);
  return { files, authority, admin, addUser, addServer };
}
