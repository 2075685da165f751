import { type EtcdRestoreSpec } from '@stateful/etcd-backup-api';
import { canBump, isOlder, parseVersion, versionOfImage, versionText } from './etcd-version.ts';
import { type Refusal } from './failure.ts';
import { type SavedEtcd } from './selected.ts';

/** What is known of a backup when the rules are asked. */
export interface SavedFacts {
  readonly etcd: SavedEtcd;
  /** At which level it was verified with success; undefined: it was not. */
  readonly verified: string | undefined;
}

/** Image that restores, and its version as it was told. */
const imageOf = ({
  target,
  drill,
}: EtcdRestoreSpec): { image: string | undefined; told: string | undefined } =>
  target ? { image: target.image, told: target.etcdVersion } : { image: drill?.image, told: undefined };

/**
 * Why this backup may not be restored as asked, before anything is touched; undefined: it may. Pure.
 *
 * The version of the image is what `etcdVersion` or its tag says: a probe in a pod would say no more about an image that
 * is named by version, and takes a node.
 */
export function refusalOf(spec: EtcdRestoreSpec, { etcd, verified }: SavedFacts): Refusal | undefined {
  const { safety, revision } = spec;
  if (verified === undefined && safety.unverified === 'Refuse' && spec.mode !== 'Drill') {
    return {
      reason: 'NotVerified',
      message:
        'the backup was never verified: verify it (annotation db.example.com/verify-request), choose another, or set safety.unverified to Allow',
    };
  }
  const { image, told } = imageOf(spec);
  // Without an image it is that of the saved version.
  const version =
    image === undefined ? parseVersion(etcd.serverVersion) : (parseVersion(told) ?? versionOfImage(image));
  if (image !== undefined && !version && safety.olderEtcd === 'Refuse') {
    return {
      reason: 'EtcdVersionUnknown',
      message: `the tag of ${image} does not tell its version: set target.etcdVersion, or safety.olderEtcd to Allow`,
    };
  }
  const saved = parseVersion(etcd.storageVersion) ?? parseVersion(etcd.serverVersion);
  if (version && saved && isOlder(version, saved) && safety.olderEtcd === 'Refuse') {
    return {
      reason: 'OlderEtcd',
      message: `the data is of etcd ${versionText(saved)}, and ${image} is ${versionText(version)}: use an image of ${saved[0]}.${saved[1]} or later`,
    };
  }
  if (version && !canBump(version) && revision.policy !== 'None' && spec.mode !== 'Drill') {
    return {
      reason: 'BumpNotSupported',
      message: `etcdutl ${versionText(version)} cannot raise revisions: use 3.4.27, 3.5.10, 3.6.0 or later, or set revision.policy to None`,
    };
  }
  if (spec.compareHashKV === 'Always' && revision.policy !== 'None' && spec.mode !== 'Drill') {
    return {
      reason: 'CannotCompare',
      message:
        'with raised revisions the saved one is compacted, so HashKV cannot be asked for: set compareHashKV to WhenPossible, or revision.policy to None',
    };
  }
  if (etcd.authEnabled === true && !safety.authSecretRef && spec.mode !== 'Materialize') {
    return {
      reason: 'AuthMismatch',
      message:
        'the saved cluster asks for sign-in: name a Secret with a user of it in safety.authSecretRef, so that the restored one can be looked at',
    };
  }
  if (etcd.authEnabled === false && safety.authSecretRef) {
    return {
      reason: 'AuthMismatch',
      message:
        'the saved cluster has no sign-in, so it would stand open after the restore: leave safety.authSecretRef out if that is meant',
    };
  }
  return undefined;
}

/** Whether the cluster that would be replaced is the one that was named. Pure. */
export function clusterRefusal(
  confirmed: string | undefined,
  { live, saved }: { readonly live: string | undefined; readonly saved: string | undefined },
): Refusal | undefined {
  const found = live ?? saved;
  if (confirmed === undefined || confirmed === found) return undefined;
  return {
    reason: 'ClusterMismatch',
    message:
      live === undefined
        ? `safety.confirmClusterID is ${confirmed}; no member answers, and the backup is of cluster ${saved ?? 'unknown'}`
        : `safety.confirmClusterID is ${confirmed}, and the members that answer are of cluster ${live}: correct one of the two`,
  };
}
