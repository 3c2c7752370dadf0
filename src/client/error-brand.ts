/**
 * Marks the prototype with a registered symbol, so that `instanceof` holds across copies of the package. A subclass made
 * by a user has no mark and keeps the ordinary meaning.
 */
export function brand(type: abstract new (...args: never[]) => Error, name: string): void {
  const mark = Symbol.for(`pinfold.${name}`);
  Object.defineProperty(type.prototype, mark, { value: true });
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== type) return Function.prototype[Symbol.hasInstance].call(this as () => void, value);
      return typeof value === 'object' && value !== null && mark in value;
    },
  });
}
