import { warnOnce } from '../../client/support/warn-once.js';

/** Hears of what goes wrong in the background, where there is nobody to reject. What it throws itself is dropped. */
export type ErrorHook = (error: unknown) => void;

/** The user's hook, made harmless; without one, a warning of the process for the first error of each path. */
export function errorHook(hook: ErrorHook | undefined, { code, path }: { code: string; path: string }): ErrorHook {
  return (error) => {
    if (hook === undefined) {
      const why = error instanceof Error ? error.message : String(error);
      warnOnce(code, path, `${path}: ${why}`);
      return;
    }
    try {
      hook(error);
    } catch {
      // It has been told; there is nobody left to tell about the telling.
    }
  };
}
