import { OperatorError, type ErrorCode } from '@stateful/reconcile-sdk';

/** What EC2 refused, or that it is not known what it did, as a stable word. The closed list. */
export type Ec2Code =
  | 'NotAllowed'
  | 'BadCredentials'
  | 'VolumeNotFound'
  /** Snapshots of this volume are being made, or it is in a state in which none can be. */
  | 'VolumeBusy'
  /** Of the account. */
  | 'SnapshotLimit'
  | 'Throttled'
  | 'RequestRefused'
  /** No answer, or one that says nothing of what was done. */
  | 'Unanswered';

const byName: Record<string, Ec2Code> = {
  UnauthorizedOperation: 'NotAllowed',
  OptInRequired: 'NotAllowed',
  AuthFailure: 'BadCredentials',
  InvalidClientTokenId: 'BadCredentials',
  SignatureDoesNotMatch: 'BadCredentials',
  ExpiredToken: 'BadCredentials',
  RequestExpired: 'BadCredentials',
  CredentialsProviderError: 'BadCredentials',
  'InvalidVolume.NotFound': 'VolumeNotFound',
  'InvalidVolumeID.Malformed': 'VolumeNotFound',
  VolumeInUse: 'VolumeBusy',
  IncorrectState: 'VolumeBusy',
  SnapshotCreationPerVolumeRateExceeded: 'VolumeBusy',
  ConcurrentSnapshotLimitExceeded: 'VolumeBusy',
  PendingSnapshotLimitExceeded: 'SnapshotLimit',
  SnapshotLimitExceeded: 'SnapshotLimit',
  ResourceLimitExceeded: 'SnapshotLimit',
  RequestLimitExceeded: 'Throttled',
  Throttling: 'Throttled',
  ThrottlingException: 'Throttled',
  EC2ThrottledException: 'Throttled',
  InternalError: 'Unanswered',
  InternalFailure: 'Unanswered',
  ServiceUnavailable: 'Unanswered',
  Unavailable: 'Unanswered',
};

const sdkCodes: Record<Ec2Code, ErrorCode> = {
  NotAllowed: 'forbidden',
  BadCredentials: 'unauthorized',
  VolumeNotFound: 'not-found',
  VolumeBusy: 'unavailable',
  SnapshotLimit: 'unavailable',
  Throttled: 'throttled',
  RequestRefused: 'bad-response',
  Unanswered: 'unavailable',
};

/** An error of EC2. Never of the class `terminal`: who calls decides what it ends. */
export class Ec2Error extends OperatorError {
  readonly ec2Code: Ec2Code;

  constructor(ec2Code: Ec2Code, message: string, cause: unknown) {
    super(sdkCodes[ec2Code], message, { cause });
    this.ec2Code = ec2Code;
  }

  /** EC2 has said no: nothing was done. Else it may have been, and only looking tells. */
  get isRefusal(): boolean {
    return this.ec2Code !== 'Unanswered';
  }
}

/** What the client threw, in words of ours. `grant`: the rights that the request needs, and on what. Pure. */
export function explainEc2(error: unknown, { action, grant }: { action: string; grant: string }): Ec2Error {
  if (error instanceof Ec2Error) return error;
  const {
    name = '',
    message = '',
    $metadata,
  } = error as {
    name?: string;
    message?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  const isAnswer = status !== undefined && status >= 400 && status < 500;
  const code = byName[name] ?? (isAnswer ? 'RequestRefused' : 'Unanswered');
  return new Ec2Error(code, textOf(code, { action, grant, detail: `${name}: ${message}` }), error);
}

function textOf(code: Ec2Code, { action, grant, detail }: { action: string; grant: string; detail: string }) {
  switch (code) {
    case 'NotAllowed':
      return `${action} is not allowed: grant ${grant} to the identity of this backup`;
    case 'BadCredentials':
      return `EC2 does not accept the credentials for ${action} (${detail}): check the Secret or the identity of the pod, and whether they have expired`;
    case 'VolumeNotFound':
      return `${action}: there is no such volume (${detail}): correct spec.ebs.volumeIDs or spec.ebs.region in a new EtcdBackup`;
    case 'Unanswered':
      return `${action} was not answered (${detail})`;
    default:
      return `${action}: ${detail}`;
  }
}
