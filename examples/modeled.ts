import { Client, jsonSerializer, ModeledFramework, modelOf, startServer } from 'pinfold';

interface Worker {
  readonly zone: string;
  readonly slots: number;
}

await using server = await startServer();
await using client = await Client.connect(server.connectString);

const spec = modelOf<Worker>({ serializer: jsonSerializer() })('/pools/{pool}/{worker}');
const workers = new ModeledFramework(client, spec);

const first = workers.at({ pool: 'images', worker: 'a' }); // the compiler knows the names
await first.set({ zone: 'eu', slots: 2 });
await first.change((worker) => ({ ...worker, slots: worker.slots + 1 }));
console.log('slots', (await first.read()).slots);

const { stat } = await first.readAsZNode();
await first.update({ zone: 'us', slots: 4 }, { version: stat.version });
console.log('listed', (await first.parent.childrenAsZNodes()).length);
