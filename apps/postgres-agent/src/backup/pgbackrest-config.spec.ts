import { describe, expect, it } from '@jest/globals';
import { layoutOf } from '../postgres/layout.ts';
import { renderPgbackrest } from './pgbackrest-config.ts';

const repository = {
  bucket: 'backups',
  endpoint: 'https://s3.example.com:9443',
  region: 'us-east-1',
  path: '/a/b',
};
const keys = { accessKeyId: 'id', secretAccessKey: 'secret', caFile: '/ca.crt' };
const options = { layout: layoutOf('/volume', '/run'), port: 5432, retentionDays: 7 };

describe('renderPgbackrest', () => {
  it('splits the endpoint into host and port, which pgBackRest wants apart', () => {
    const text = renderPgbackrest(repository, keys, options);
    expect(text).toContain('repo1-s3-endpoint=s3.example.com\n');
    expect(text).toContain('repo1-storage-port=9443\n');
    expect(text).toContain('repo1-retention-full=7\n');
    expect(text).toContain('[db]\npg1-path=/volume/data\n');
    expect(
      renderPgbackrest({ ...repository, endpoint: 'https://s3.example.com' }, keys, options),
    ).not.toContain('storage-port');
  });

  it('lets no value begin a line of its own', () => {
    expect(() => renderPgbackrest({ ...repository, bucket: 'b\nrepo1-type=posix' }, keys, options)).toThrow(
      'line breaks',
    );
  });
});
