/** A binary heap: the smallest first. What has been superseded stays in it until it is popped and seen to be stale. */
export interface Heap<T> {
  push(item: T): void;
  peek(): T | undefined;
  pop(): T | undefined;
  size(): number;
}

/** `isBefore` must be a strict order. */
export function createHeap<T>(isBefore: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];
  const swap = (a: number, b: number): void => {
    [items[a], items[b]] = [items[b]!, items[a]!];
  };
  function up(start: number): void {
    for (let child = start; child > 0;) {
      const parent = (child - 1) >> 1;
      if (!isBefore(items[child]!, items[parent]!)) return;
      swap(child, parent);
      child = parent;
    }
  }
  function down(): void {
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      if (left >= items.length) return;
      const right = left + 1;
      const least = right < items.length && isBefore(items[right]!, items[left]!) ? right : left;
      if (!isBefore(items[least]!, items[parent]!)) return;
      swap(least, parent);
      parent = least;
    }
  }
  return {
    push(item) {
      items.push(item);
      up(items.length - 1);
    },
    peek: () => items[0],
    pop() {
      const first = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        down();
      }
      return first;
    },
    size: () => items.length,
  };
}
