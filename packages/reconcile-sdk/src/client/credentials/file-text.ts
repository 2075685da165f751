import { readFile } from 'node:fs/promises';
import { type Clock } from '../../clock/index.ts';
import { OperatorError } from '../../errors/index.ts';

/** The text of a file that others replace. */
export interface FileText {
  /** At most `maxAgeMs` old, or newer than now when `fresh`. */
  read(fresh?: boolean): Promise<string>;
}

/**
 * Reads a file again when what it knows has got old. By its path: a projected volume replaces the folder that the
 * path leads through, which watching the file itself would not show.
 */
export function createFileText(path: string, clock: Clock, maxAgeMs: number): FileText {
  let held: { text: string; readAt: number } | undefined;
  let reading: Promise<string> | undefined;

  async function readNow(): Promise<string> {
    try {
      const text = await readFile(path, 'utf8');
      held = { text, readAt: clock.monotonic() };
      return text;
    } catch (cause) {
      // What was good a minute ago is a better guess than nothing while the volume is being swapped.
      if (held) return held.text;
      throw new OperatorError('bad-configuration', `cannot read ${path}`, { cause });
    } finally {
      reading = undefined;
    }
  }

  return {
    read(fresh = false) {
      if (!fresh && held && clock.monotonic() - held.readAt < maxAgeMs) return Promise.resolve(held.text);
      return (reading ??= readNow());
    },
  };
}
