import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEc2, startEc2Proxy, type Ec2Proxy, type RunningEc2 } from '@stateful/images';
import { roleCredentials } from '../src/assume-role.ts';

const roleARN = 'arn:aws:iam::123456789012:role/backups';

describe('a role that is taken on', () => {
  let sts: RunningEc2;
  let proxy: Ec2Proxy;
  const before = { ...process.env };
  beforeAll(async () => {
    sts = await startEc2();
    proxy = await startEc2Proxy(sts);
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: sts.accessKey, AWS_SECRET_ACCESS_KEY: sts.secretKey });
  }, 600_000);
  afterAll(async () => {
    process.env = before;
    await proxy?.stop();
    await sts?.stop();
  });
  const role = (externalID?: string) =>
    roleCredentials(
      { roleARN, sessionName: 'test', endpoint: proxy.endpoint, ...(externalID ? { externalID } : {}) },
      'us-east-1',
    );

  it('gives credentials that end, and its external ID is told', async () => {
    const credentials = await role('of-the-customer')();
    expect(credentials.accessKeyId).toMatch(/^ASIA/);
    expect(credentials.sessionToken).toBeDefined();
    expect(credentials.expiration?.getTime()).toBeGreaterThan(Date.now());
    expect(proxy.seen.at(-1)).toMatchObject({
      action: 'AssumeRole',
      parameters: { RoleArn: roleARN, ExternalId: 'of-the-customer', RoleSessionName: 'test' },
    });
  });

  it('that is refused is named, with what to do', async () => {
    proxy.rule = () => ({ do: 'refuse', status: 403, code: 'AccessDenied', message: 'not you' });
    await expect(role()()).rejects.toMatchObject({
      storeCode: 'BadCredentials',
      message: expect.stringContaining('its trust policy must name the identity of this pod') as unknown,
    });
  });
});
