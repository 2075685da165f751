/** How to reach one API server as one user. What names a file is read again while the process runs. */
export interface ClusterConfig {
  /** `https://HOST:PORT`, with a path when a gateway stands before the API server. */
  server: string;
  /** PEM; the system's authorities when absent. */
  ca?: string;
  /** Where `ca` came from: read again, so that a new authority needs no restart. */
  caFile?: string;
  /** PEM. */
  clientCertificate?: { cert: string; key: string };
  /** Where `clientCertificate` came from: read again, so that a renewed one needs no restart. */
  clientCertificateFiles?: { cert: string; key: string };
  /** A fixed token, or the file that holds one and is read again as it is renewed. */
  token?: { value: string } | { file: string };
  /** Name and password for HTTP basic authentication. */
  basic?: { username: string; password: string };
  /** A program that gives tokens or client certificates. */
  exec?: ExecPlugin;
  /** Who to act as; a client can derive others by `impersonate`. */
  impersonate?: Impersonation;
  /** Name that the server's certificate must bear, when it is not the host of `server`. */
  serverName?: string;
  insecureSkipVerify?: boolean;
  /** An HTTP proxy (`http://HOST:PORT`) through which the API server is reached. */
  proxyUrl?: string;
  /** Namespace of the context, or of the pod. */
  namespace: string;
}

/** A credential plugin: `users[].user.exec` of a kubeconfig, ready to run. */
export interface ExecPlugin {
  apiVersion: 'client.authentication.k8s.io/v1' | 'client.authentication.k8s.io/v1beta1';
  command: string;
  args: readonly string[];
  /** The plugin's whole environment: this process's own and what the kubeconfig adds. */
  environment: Readonly<Record<string, string>>;
  /** What to tell people when the program is missing. */
  installHint?: string;
  /** The cluster as the plugin is told about it, when it asked for that (`provideClusterInfo`). */
  cluster?: object;
}

/** Another user to act as. The real one needs the right to `impersonate` what is set here. */
export interface Impersonation {
  user: string;
  uid?: string;
  groups?: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}
