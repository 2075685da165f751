import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serve, type RunningServer } from './http-server.ts';

describe('the server', () => {
  let server: RunningServer;
  const ask = (path: string, method = 'GET') =>
    new Promise<string>((resolve, reject) => {
      get({ port: server.port, host: '127.0.0.1', path, method }, (response) => {
        let text = `${response.statusCode} `;
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text.trim()));
      }).on('error', reject);
    });
  beforeAll(async () => {
    server = await serve({
      address: '127.0.0.1:0',
      routes: {
        '/plain': () => ({ status: 200, body: 'plain' }),
        '/below/*': ({ rest, query }) => ({ status: 200, body: `${rest} ${query.get('q') ?? ''}` }),
        '/throws': () => {
          throw new Error('on purpose');
        },
      },
    });
  });
  afterAll(() => server.close());

  it('finds routes, with what is below them', async () => {
    expect(await ask('/plain')).toBe('200 plain');
    expect(await ask('/below/a/b%20c?q=1')).toBe('200 a/b c 1');
    expect(await ask('/below')).toBe('200');
    expect(await ask('/belowx')).toBe('404 not found');
    expect(await ask('/plain', 'POST')).toBe('405 only GET');
  });

  it('survives a route that throws and a path that is none', async () => {
    expect(await ask('/throws')).toContain('500');
    expect(await ask('/below/%zz')).toMatch(/^(400|500)/);
    expect(await ask('/plain')).toBe('200 plain');
  });
});
