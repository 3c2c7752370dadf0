// Puts what the command loads into a few files. Node takes 0.3 ms for every module that it loads, whatever its size, and
// a server is two hundred: in one piece it starts in two thirds of the time. What programs import stays as it is compiled.
import { rollup } from '@rollup/wasm-node';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { isAbsolute } from 'node:path';

/** Lets the compiler's source maps shine through, so that traces and profiles name the sources. */
const sourceMaps = {
  name: 'source-maps',
  /** @param {string} file */
  load(file) {
    const map = existsSync(`${file}.map`) ? readFileSync(`${file}.map`, 'utf8') : null;
    return { code: readFileSync(file, 'utf8'), map };
  },
};

/**
 * Replaces the `cli` folder of a compiled pinfold. Packages are not taken in: they are dependencies, and stay their own.
 * @param {string} dist
 */
export async function bundleCommand(dist) {
  const bundle = await rollup({
    input: `${dist}/cli/main.js`,
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    plugins: [sourceMaps],
    onwarn: ({ message }) => {
      throw new Error(message);
    },
  });
  rmSync(`${dist}/cli`, { recursive: true });
  await bundle.write({ dir: `${dist}/cli`, format: 'es', chunkFileNames: '[name].js', sourcemap: true });
  await bundle.close();
}
