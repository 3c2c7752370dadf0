// node examples/tree.mjs 127.0.0.1:2181   (shows every node, its size, and whose it is)
import { Client } from 'pinfold';

const client = await Client.connect(process.argv[2] ?? '127.0.0.1:2181');
try {
  await show('/', 0);
} finally {
  await client.close();
}

async function show(path, depth) {
  const { children, stat } = await client.getChildren(path);
  const owner = stat.ephemeralOwner === 0n ? '' : `  of session 0x${stat.ephemeralOwner.toString(16)}`;
  console.log(`${'  '.repeat(depth)}${path.slice(path.lastIndexOf('/'))}  ${stat.dataLength} bytes${owner}`);
  for (const name of children.sort()) await show(path === '/' ? `/${name}` : `${path}/${name}`, depth + 1);
}
