import { BadArgumentsError } from '../../client/errors.js';
import { childOf, parentOf, pathFault } from '../../protocol/paths.js';

/** Names of the parameters of a path: `'id' | 'name'` for `/users/{id}/{name}`. */
export type PathParameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParameters<Rest>
  : never;

/** A value for each parameter of a path. */
export type ParameterValues<Path extends string> = Readonly<Record<PathParameters<Path>, string | number>>;

/** Nothing to give for a path without parameters; else a value for each. */
export type ResolveArguments<Path extends string> = [PathParameters<Path>] extends [never]
  ? []
  : [values: ParameterValues<Path>];

const PARAMETER = /^\{([^{}/]+)\}$/;

/**
 * A path with parameters for some of its components, `/users/{id}/settings`, whose names the compiler knows. Resolve it to
 * get the path of a node.
 */
export class ZPath<Path extends string = string> {
  /** As it was written. */
  readonly template: Path;
  /** In order. */
  readonly parameters: readonly string[];

  /** Throws a BadArgumentsError unless it can be a path, with each parameter a component of its own and named once. */
  constructor(template: Path) {
    const components = template.split('/').slice(1);
    const parameters = components.flatMap((each) => PARAMETER.exec(each)?.[1] ?? []);
    const sample = `/${components.map((each) => (PARAMETER.test(each) ? 'x' : each)).join('/')}`;
    const fault = pathFault(template.startsWith('/') ? sample : template);
    if (fault !== null) throw new BadArgumentsError({ message: `path of a model: ${fault}`, path: template });
    if (/[{}]/.test(sample)) {
      throw new BadArgumentsError({ message: `${template}: a parameter is a component of its own`, path: template });
    }
    if (new Set(parameters).size < parameters.length) {
      throw new BadArgumentsError({ message: `${template}: a parameter is named twice`, path: template });
    }
    this.template = template;
    this.parameters = parameters;
  }

  get isResolved(): boolean {
    return this.parameters.length === 0;
  }

  /** The path of a node. Throws a BadArgumentsError when a value is missing, or cannot be the name of a node. */
  resolve(...[values]: ResolveArguments<Path>): string {
    const given = (values ?? {}) as Readonly<Record<string, string | number>>;
    const components = this.template.split('/').map((each) => {
      const name = PARAMETER.exec(each)?.[1];
      if (name === undefined) return each;
      const value = given[name];
      if (value === undefined) throw new BadArgumentsError({ message: `${this.template}: ${name} is not given` });
      const text = String(value);
      const fault = text === '' || text.includes('/') ? 'it is not the name of a node' : pathFault(`/${text}`);
      if (fault !== null) throw new BadArgumentsError({ message: `${this.template}: ${name} is ${text}: ${fault}` });
      return text;
    });
    return components.join('/');
  }

  /** `/users` + `{id}`. */
  child<Name extends string>(name: Name): ZPath<`${Path}/${Name}`> {
    return new ZPath(childOf(this.template, name) as `${Path}/${Name}`);
  }

  get parent(): ZPath {
    return new ZPath(parentOf(this.template));
  }

  /** What matches the paths of all its nodes: for a schema. */
  get pattern(): RegExp {
    const parts = this.template.split('/').map((each) => {
      return PARAMETER.test(each) ? '[^/]+' : each.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    });
    return new RegExp(`^${parts.join('/')}$`);
  }
}
