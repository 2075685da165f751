import { describe, expect, it } from '@jest/globals';
import { type EndpointSlice, type KubeClient } from '@stateful/reconcile-sdk';
import { membersOfService } from './addresses.ts';

const slice = (addressType: string, ...endpoints: object[]): EndpointSlice =>
  ({ addressType, endpoints }) as unknown as EndpointSlice;
const clientOf = (...items: EndpointSlice[]) => {
  const asked: unknown[] = [];
  const list = (_: unknown, options: unknown) => {
    asked.push(options);
    return Promise.resolve({ items });
  };
  return { asked, client: { list } as unknown as Pick<KubeClient, 'list'> };
};
const service = { name: 'etcd', port: 2379 };

describe('the members behind a Service', () => {
  it('are its addresses, ready or not, but none that is going', async () => {
    const { client, asked } = clientOf(
      slice('IPv4', { addresses: ['10.0.0.2'], conditions: { ready: false } }, { addresses: ['10.0.0.1'] }),
      slice(
        'IPv4',
        { addresses: ['10.0.0.1'] },
        { addresses: ['10.0.0.3'], conditions: { terminating: true } },
      ),
    );
    expect(await membersOfService(client)('db', service, 'https')).toEqual([
      'https://10.0.0.1:2379',
      'https://10.0.0.2:2379',
    ]);
    expect(asked).toEqual([{ namespace: 'db', labelSelector: 'kubernetes.io/service-name=etcd' }]);
  });

  it('are counted once where they have addresses of both families', async () => {
    const { client } = clientOf(
      slice('IPv6', { addresses: ['fd00::1'] }),
      slice('IPv4', { addresses: ['10.0.0.1'] }),
    );
    expect(await membersOfService(client)('db', service, 'http')).toEqual(['http://[fd00::1]:2379']);
  });

  it('are missed with a word on what to do', async () => {
    const { client } = clientOf();
    await expect(membersOfService(client)('db', service, 'http')).rejects.toThrow(
      'Service etcd has no addresses in namespace db: it must be a headless Service',
    );
  });
});
