import { describe, expect, it } from '@jest/globals';
import { archiveFileName, outdatedArchives } from './archive.ts';

const key = (digit: string): string => digit.repeat(16);
const file = (name: string, digit: string, modifiedAt: number) => ({
  fileName: archiveFileName(name, key(digit)),
  modifiedAt,
});

describe('archives', () => {
  it('are named by image and key', () => {
    expect(archiveFileName('postgres', key('a'))).toBe('postgres-aaaaaaaaaaaaaaaa.tar');
  });

  it('are outdated when newer ones of the same image exist', () => {
    const files = [file('postgres', '1', 10), file('postgres', '2', 30), file('postgres', '3', 20)];
    expect(outdatedArchives('postgres', files, 2)).toEqual([archiveFileName('postgres', key('1'))]);
    expect(outdatedArchives('postgres', files, 3)).toEqual([]);
  });

  it('of another image whose name begins alike, and other files, are left alone', () => {
    const files = [file('postgres-operator', '1', 1), { fileName: 'postgres-notes.tar', modifiedAt: 0 }];
    expect(outdatedArchives('postgres', files, 0)).toEqual([]);
  });
});
