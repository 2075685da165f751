import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startEc2Proxy, type Ec2Proxy } from './ec2-proxy.ts';
import { snapshotsOf } from './snapshot-set.ts';
import { startEc2, type RunningEc2 } from './start-ec2.ts';

/** The first time the server is installed. */
const installMs = 600_000;

describe('EC2 on this machine', () => {
  let ec2: RunningEc2;
  let proxy: Ec2Proxy;
  let now = 0;
  beforeAll(async () => {
    ec2 = await startEc2();
    proxy = await startEc2Proxy(ec2, () => now);
  }, installMs);
  afterEach(() => void Object.assign(proxy, { rule: undefined, visibleAfterMs: 0, completedAfterMs: 0 }));
  afterAll(async () => {
    await proxy?.stop();
    await ec2?.stop();
  });

  async function ask(action: string, parameters: Record<string, string> = {}) {
    const answer = await fetch(proxy.endpoint, {
      method: 'POST',
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=A/20260101/${ec2.region}/ec2/aws4_request` },
      body: new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }),
    });
    return { status: answer.status, xml: await answer.text() };
  }
  const tagged = (value: string) => ({
    'TagSpecification.1.ResourceType': 'snapshot',
    'TagSpecification.1.Tag.1.Key': 'of',
    'TagSpecification.1.Tag.1.Value': value,
  });
  const find = async (value: string, more = {}) =>
    snapshotsOf(
      (await ask('DescribeSnapshots', { 'Filter.1.Name': 'tag:of', 'Filter.1.Value.1': value, ...more })).xml,
    );

  it('shows a snapshot late, then pending, then completed, with its tags', async () => {
    Object.assign(proxy, { visibleAfterMs: 100, completedAfterMs: 200 });
    const VolumeId = await ec2.createVolume();
    const made = await ask('CreateSnapshot', { VolumeId, ...tagged('late') });
    expect(made.xml).toContain('<status>pending</status>');
    expect(await find('late')).toEqual([]);
    now += 150;
    expect((await find('late'))[0]?.xml).toContain('<progress>75%</progress>');
    now += 150;
    const [done] = await find('late');
    expect(done?.xml).toContain('<status>completed</status>');
    expect(done?.xml).toMatch(/<key>of<\/key>\s*<value>late</);
    expect(await find('another')).toEqual([]);
  });

  it('gives pages, and nothing of others', async () => {
    const VolumeId = await ec2.createVolume();
    for (let count = 0; count < 3; count++) await ask('CreateSnapshot', { VolumeId, ...tagged('paged') });
    const first = await ask('DescribeSnapshots', { MaxResults: '2' });
    expect(snapshotsOf(first.xml)).toHaveLength(2);
    const NextToken = /<nextToken>(.*)<\/nextToken>/.exec(first.xml)?.[1] ?? '';
    const second = await ask('DescribeSnapshots', { MaxResults: '2', NextToken });
    expect(snapshotsOf(second.xml)).toHaveLength(2);
    expect(second.xml).not.toContain('nextToken');
  });

  it('loses answers of what was done, refuses, and counts', async () => {
    const VolumeId = await ec2.createVolume();
    const before = proxy.count('CreateSnapshot');
    proxy.rule = () => ({ do: 'lose-answer' });
    await expect(ask('CreateSnapshot', { VolumeId, ...tagged('lost') })).rejects.toThrow();
    proxy.rule = ({ action }) =>
      action === 'CreateSnapshot' ? { do: 'refuse', status: 503, code: 'RequestLimitExceeded' } : undefined;
    expect((await ask('CreateSnapshot', { VolumeId, ...tagged('lost') })).xml).toContain(
      'RequestLimitExceeded',
    );
    expect(await find('lost')).toHaveLength(1);
    expect(proxy.count('CreateSnapshot') - before).toBe(2);
  });
});
