/** What of `source` is wanted. Ends with it, and ends it when it is left early. */
export function filterAsync<T, Wanted extends T>(
  source: AsyncIterable<T, undefined>,
  isWanted: (value: T) => value is Wanted,
): AsyncIterable<Wanted, undefined> {
  return {
    [Symbol.asyncIterator]: () => {
      const inner = source[Symbol.asyncIterator]();
      return {
        next: async () => {
          for (;;) {
            const { done, value } = await inner.next();
            if (done === true) return { done, value: undefined };
            if (isWanted(value)) return { done: false, value };
          }
        },
        // Not a generator: that would keep whoever leaves waiting for the `next` under way.
        return: async () => {
          await inner.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
