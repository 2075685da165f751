/** One end of a one-way cut. The API server stands for the whole host except its DNS. */
export type Endpoint = string;
export const apiServerEndpoint = 'api-server';

export type ProcessInPod = {
  readonly namespace?: string;
  readonly pod: string;
  /** Name of the program, as `ps -o comm` shows it. */
  readonly process: string;
  readonly signal?: NodeJS.Signals;
};

/**
 * What can go wrong with nodes and pods. Every method returns when the fault is in force (or gone), not when
 * Kubernetes has noticed. All may be repeated, and `healAll` undoes all of them.
 */
export type Faults = {
  /** Pulls the node's cable. Its processes and their open connections live on. */
  readonly cut: (node: string) => Promise<void>;
  /** Plugs the cable in again, and ends one-way cuts from and to the node and its delay. */
  readonly heal: (node: string) => Promise<void>;
  /** Drops every packet from one node to another (or to or from `api-server`); the other direction works. */
  readonly oneWayCut: (from: Endpoint, to: Endpoint) => Promise<void>;
  readonly healOneWay: (from: Endpoint, to: Endpoint) => Promise<void>;
  /** Holds back every packet that leaves the node; 0 ends it. The order of packets is kept. */
  readonly delay: (node: string, milliseconds: number, jitterMilliseconds?: number) => Promise<void>;
  /** Power loss: cable, processes, containers, memory and network are gone at once; the disk stays. */
  readonly crash: (node: string) => Promise<void>;
  /** Switches a crashed node on again; returns when its kubelet answers. */
  readonly restart: (node: string) => Promise<void>;
  /** Stops all processes of the node, as when a hypervisor holds a machine; the kernel still answers pings. */
  readonly freeze: (node: string) => Promise<void>;
  readonly thaw: (node: string) => Promise<void>;
  /** The same for one pod. */
  readonly freezePod: (podUid: string) => Promise<void>;
  readonly thawPod: (podUid: string) => Promise<void>;
  /** Signals the topmost processes of this name in a pod (SIGKILL unless told). Returns their numbers on the host. */
  readonly killProcess: (target: ProcessInPod) => Promise<readonly number[]>;
  readonly healAll: () => Promise<void>;
};

const methods: readonly (keyof Faults)[] = [
  ...(['cut', 'heal', 'oneWayCut', 'healOneWay', 'delay', 'crash', 'restart', 'freeze', 'thaw'] as const),
  ...(['freezePod', 'thawPod', 'killProcess', 'healAll'] as const),
];

/** Faults of a cluster that offers none: each call says so. */
export function unsupportedFaults(provider: string): Faults {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new Error(`The provider "${provider}" cannot cause faults: use the native one (Linux, root) for that`),
    );
  return Object.fromEntries(methods.map((method) => [method, refuse])) as unknown as Faults;
}
