// Who is inside, as the server sees it: the same as ../curator/Presence.java.
export class Presence {
  #client;
  #nanoTime;
  #path;

  constructor({ client, nanoTime }, path) {
    this.#client = client;
    this.#nanoTime = nanoTime;
    this.#path = path;
  }

  async visit(mark) {
    const entered = this.#nanoTime();
    const own = await this.#client.create(`${this.#path}/${mark}:`, null, { mode: 'ephemeral-sequential' });
    const { children: inside } = await this.#client.getChildren(this.#path);
    await this.#client.delete(own.path);
    const marks = inside.map((name) => name.split(':')[0]);
    return { entered, mark, order: own.stat.czxid, inside: marks, left: this.#nanoTime() };
  }
}
