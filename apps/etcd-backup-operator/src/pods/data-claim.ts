import { type Mounts, type Volume } from './pod-types.ts';

/** Where the data of a member stands. */
export interface DataClaim {
  /** Name of the PersistentVolumeClaim. */
  readonly claim: string;
  /** Path in the volume of etcd's `--data-dir`; empty: its root. */
  readonly dataDir: string;
}

const mountPath = '/data';

export const claimMounts: Mounts = [{ name: 'data', mountPath }];
export const claimVolume = ({ claim }: DataClaim): Volume => ({
  name: 'data',
  persistentVolumeClaim: { claimName: claim },
});

/** The data folder as the pod sees it. */
export const folderOf = ({ dataDir }: DataClaim): string => {
  const path = dataDir.replaceAll(/^\/+|\/+$/g, '');
  return path === '' ? mountPath : `${mountPath}/${path}`;
};

/** Where the new data is made, on the same file system, so that taking its place is a rename. */
export const stagingOf = (claim: DataClaim, opID: string) => {
  const folder = `${folderOf(claim)}/.restore-${opID}`;
  return { folder, data: `${folder}/data`, facts: `${folder}/fetched.json` };
};
