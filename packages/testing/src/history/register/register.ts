import { type HistoryEvent } from '../event.ts';
import { type Model } from '../linearizable.ts';
import { type Operation } from '../operation.ts';

/** A register's content; null before the first write. */
export type Content = number | string | null;

export type RegisterFunction = 'read' | 'write' | 'cas';

/** What is asked of one key, or answered. */
export interface RegisterValue {
  key: string;
  /** What a read answered, what a write writes. */
  value?: Content;
  /** Compare-and-set. */
  from?: Content;
  to?: Content;
  /**
   * Of an answered `cas`: false when the content was another, which is itself an observation. Say `fail` only where
   * nothing was compared.
   */
  applied?: boolean;
}

export type RegisterEvent = HistoryEvent<RegisterFunction, RegisterValue>;
export type RegisterOperation = Operation<RegisterFunction, RegisterValue>;

/** Reads, and what compared and found something else. */
export function isRegisterRead({ f, asked, answered }: RegisterOperation): boolean {
  return f === 'read' || (f === 'cas' && (answered?.applied === false || asked.from === asked.to));
}

/** One register that starts with this content. */
export function registerModel(initial: Content): Model<Content, RegisterOperation> {
  return {
    initial,
    key: (content) => `${typeof content} ${content}`,
    isRead: isRegisterRead,
    step(content, { f, asked, answered }) {
      switch (f) {
        case 'read':
          return answered === undefined || answered.value === content ? { state: content } : undefined;
        case 'write':
          return { state: asked.value ?? null };
        case 'cas':
          if (answered?.applied === false) return content === asked.from ? undefined : { state: content };
          return content === asked.from ? { state: asked.to ?? null } : undefined;
      }
    },
  };
}

/** "write 3 (process 1, 10 ms to 12 ms)" */
export function registerText({ f, asked, answered, process, start, end }: RegisterOperation): string {
  const time = (ms: number): string =>
    ms === Infinity ? 'never answered' : `${Math.round(ms * 1000) / 1000} ms`;
  const what = {
    read: () => `read ${answered?.value ?? 'nothing'}`,
    write: () => `write ${asked.value}`,
    cas: () => `change ${asked.from} to ${asked.to}${answered?.applied === false ? ', refused' : ''}`,
  }[f]();
  return `${what} (process ${process}, ${time(start)} to ${time(end)})`;
}
