type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** Numbers by index that grow as they are set; 0 where nothing was. */
export interface Column {
  get(index: number): number;
  set(index: number, value: number): void;
}

const largestStep = 1 << 20;

/** A column of one kind of number, such as `new Uint32Array`. Grows by doubling, later by a million. */
export function column(kind: new (length: number) => Numbers): Column {
  let numbers = new kind(1024);
  return {
    get: (index) => numbers[index] ?? 0,
    set(index, value) {
      if (index >= numbers.length) {
        let length = numbers.length;
        while (length <= index) length += Math.min(length, largestStep);
        const larger = new kind(length);
        larger.set(numbers);
        numbers = larger;
      }
      numbers[index] = value;
    },
  };
}
