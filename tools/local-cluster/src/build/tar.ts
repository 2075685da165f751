/** Writes the simplest of tar archives (POSIX ustar): regular files of known content, owned by root. */

export type TarEntry = { readonly name: string; readonly mode: number; readonly content: Uint8Array };

const blockSize = 512;

export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => [header(entry), entry.content, padding(entry.content.length)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * blockSize)]);
}

const padding = (length: number): Buffer => Buffer.alloc((blockSize - (length % blockSize)) % blockSize);

function header({ name, mode, content }: TarEntry): Buffer {
  const nameBytes = Buffer.from(name, 'utf8');
  if (nameBytes.length > 100) throw new Error(`The name "${name}" is too long for a plain tar archive`);
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, offset: number, width: number): void => {
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset, 'ascii');
  };
  nameBytes.copy(block, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  block.write('        0', 148, 'ascii');
  block.write('ustar\u000000', 257, 'ascii');
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}
