/** A data set that worker threads make by themselves: costly samples, seeded noise, and faults where asked for. */
export interface PictureOptions {
  readonly length?: number;
  /** Milliseconds that a sample takes. */
  readonly cost?: number;
  /** The sample that cannot be made. */
  readonly broken?: number;
  /** The sample at which the thread ends. */
  readonly fatal?: number;
}

export default function pictures({ length = 10, cost = 0, broken, fatal }: PictureOptions = {}) {
  return {
    length,
    getItem(index: number, random: () => number) {
      if (index === broken) throw new RangeError(`Cannot read picture ${index}: expected a file, got none`);
      if (index === fatal) process.exit(3);
      const end = performance.now() + cost;
      while (performance.now() < end) Math.sqrt(2);
      const values = Float32Array.from({ length: 4 }, () => index + random());
      return {
        image: { values, shape: [2, 2] },
        label: index,
        name: `picture ${index}`,
        pair: [index, index % 2 === 0],
      };
    },
  };
}

/** The same as a list, for training. */
export const pairs = (options?: PictureOptions) => {
  const source = pictures(options);
  return {
    length: source.length,
    getItem(index: number, random: () => number) {
      const { image, label } = source.getItem(index, random);
      return [image.values, Float32Array.of(label)];
    },
  };
};

export const nothing = () => ({});
