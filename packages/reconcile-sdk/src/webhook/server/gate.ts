/** Lets at most so many through at once; the others wait in line. */
export interface Gate {
  /** Resolves when it is one's turn; the result has to be called once when done. Rejects when the signal aborts. */
  enter(signal: AbortSignal): Promise<() => void>;
  inside(): number;
}

export function createGate(most: number): Gate {
  let inside = 0;
  const line: (() => void)[] = [];
  const leave = (): void => {
    inside--;
    line.shift()?.();
  };
  return {
    inside: () => inside,
    enter: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const enter = (): void => {
          signal.removeEventListener('abort', giveUp);
          inside++;
          resolve(leave);
        };
        const giveUp = (): void => {
          const at = line.indexOf(enter);
          if (at >= 0) line.splice(at, 1);
          reject(signal.reason as Error);
        };
        if (inside < most) return enter();
        line.push(enter);
        signal.addEventListener('abort', giveUp, { once: true });
      }),
  };
}
