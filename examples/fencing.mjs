import { Client, InterProcessMutex, startServer } from 'pinfold';

/** Stands for your database: a row that remembers the largest token it has seen. In SQL: `... WHERE fence <= $token`. */
class Account {
  balance = 100;
  #highest = 0;

  write(balance, token) {
    if (token < this.#highest) throw new Error(`token ${token} is older than ${this.#highest}: refused`);
    this.#highest = token;
    this.balance = balance;
  }
}

const server = await startServer();
const client = await Client.connect(server.connectString);
const lock = new InterProcessMutex(client, '/locks/account');
const account = new Account();

const early = await lock.acquire();
await client.delete(early.path); // somebody removes our node by hand, or we are frozen until the session is over

const late = await lock.acquire();
account.write(90, late.token);
try {
  account.write(200, early.token); // the earlier holder wakes up and writes
} catch (error) {
  console.log(error.message);
}
console.log(`balance ${account.balance}`);

await client.close();
await server.close();
