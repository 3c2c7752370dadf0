import { builtCommand } from '../../support/built.js';
import { launch, type ProductKind, type ServerOptions, type ServerProcess } from './server-process.js';

const PINFOLD: ProductKind = {
  product: 'pinfold',
  cleanExitCode: 0,
  propertyKeys: (options) => options.properties ?? {},
  command: (configFile) => ({ command: process.execPath, args: [builtCommand(), 'server', configFile] }),
};

/** `pinfold server zoo.cfg` as a process, on a free port of the loopback interface. */
export async function startPinfold(options: ServerOptions = {}): Promise<ServerProcess> {
  return launch(PINFOLD, options);
}
