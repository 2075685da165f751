import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { readZipEntry } from './zip.ts';

/** A minimal archive; the local header has an extra field that the directory lacks, as real writers do. */
function zip(files: Readonly<Record<string, string>>, method: 0 | 8): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = method === 8 ? deflateRawSync(text) : Buffer.from(text);
    const local = Buffer.alloc(30 + name.length + 4);
    local.write('PK\x03\x04', 'latin1');
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4, 28);
    local.write(name, 30);
    const entry = Buffer.alloc(46 + name.length);
    entry.write('PK\x01\x02', 'latin1');
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    entry.write(name, 46);
    bodies.push(local, data);
    directory.push(entry);
    at += local.length + data.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

describe('readZipEntry', () => {
  const files = { 'helm/helm': 'first '.repeat(50), 'kubectl/kubectl': 'second' };

  it.each([0, 8] as const)('reads files packed with method %i', (method) => {
    for (const [name, text] of Object.entries(files)) {
      expect(readZipEntry(zip(files, method), name).toString()).toBe(text);
    }
  });

  it('names what is missing', () => {
    expect(() => readZipEntry(zip(files, 8), 'helm/other')).toThrow('holds no helm/other');
    expect(() => readZipEntry(Buffer.from('nonsense'), 'a')).toThrow('not a zip');
  });
});
