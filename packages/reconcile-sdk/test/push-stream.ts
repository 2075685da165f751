/** A stream that a test feeds by hand. */
export interface PushStream {
  push(chunk: Buffer): void;
  end(): void;
  fail(error: Error): void;
  read(): AsyncGenerator<Buffer, void, undefined>;
}

export function createPushStream(): PushStream {
  const queue: (Buffer | Error | 'end')[] = [];
  let wake: () => void = () => undefined;
  const give = (item: Buffer | Error | 'end'): void => {
    queue.push(item);
    wake();
  };
  return {
    push: give,
    end: () => give('end'),
    fail: give,
    async *read() {
      for (;;) {
        while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const item = queue.shift()!;
        if (item === 'end') return;
        if (item instanceof Error) throw item;
        yield item;
      }
    },
  };
}
