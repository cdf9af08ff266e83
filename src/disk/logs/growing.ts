/** A list of numbers that grows without an object for each. */
export interface Growing<T extends Float64Array | Uint32Array> {
  readonly push: (value: number) => void;
  /** What has been pushed. */
  readonly all: () => T;
}

export function growingDoubles(): Growing<Float64Array> {
  return growing((size) => new Float64Array(size));
}

export function growingIntegers(): Growing<Uint32Array> {
  return growing((size) => new Uint32Array(size));
}

function growing<T extends Float64Array | Uint32Array>(make: (size: number) => T): Growing<T> {
  let values = make(1024);
  let length = 0;
  return {
    push: (value) => {
      if (length === values.length) {
        const larger = make(2 * length);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    all: () => values.subarray(0, length) as T,
  };
}
