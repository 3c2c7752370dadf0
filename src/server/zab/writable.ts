/** What its owner fills again and again, and others only read. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };
