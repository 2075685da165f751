import { describeError } from '@stateful/reconcile-sdk';
import { type AssumedRole, type StoreCredentials } from './location.ts';
import { ObjectStoreError } from './store-error.ts';

/**
 * Credentials of a role that is taken on with the identity of this process (default chain). They end after an hour; the client asks
 * for new ones before. STS's client is loaded when it is first needed.
 */
export const roleCredentials = (role: AssumedRole, region: string) => async (): Promise<StoreCredentials> => {
  const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient({
    region,
    maxAttempts: 3,
    ...(role.endpoint === undefined ? {} : { endpoint: role.endpoint }),
  });
  try {
    const { Credentials } = await client.send(
      new AssumeRoleCommand({
        RoleArn: role.roleARN,
        RoleSessionName: role.sessionName,
        ...(role.externalID === undefined ? {} : { ExternalId: role.externalID }),
      }),
      { abortSignal: AbortSignal.timeout(30_000) },
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (AccessKeyId === undefined || SecretAccessKey === undefined)
      throw new Error('STS gave no credentials');
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
      ...(Expiration === undefined ? {} : { expiration: Expiration }),
    };
  } catch (error) {
    throw new ObjectStoreError(
      'BadCredentials',
      `role ${role.roleARN} cannot be taken on (${describeError(error)}): its trust policy must name the identity of this pod${role.externalID === undefined ? '' : ' and the external ID'}, and that identity needs sts:AssumeRole on it`,
      { cause: error, permission: 'sts:AssumeRole' },
    );
  } finally {
    client.destroy();
  }
};
