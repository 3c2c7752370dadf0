// Requests as bytes, gathered in one buffer until they are written to the socket at once.

export const Op = /** @type {const} */ ({
  create: 1,
  delete: 2,
  getData: 4,
  setData: 5,
  getChildren: 8,
  ping: 11,
  multi: 14,
  close: -11,
});

export const EPHEMERAL_SEQUENTIAL = 3;
const PING_XID = -2;
const CAPACITY = 1 << 16;
/** More than any one request but its path and data. */
const HEADROOM = 256;

export class Requests {
  #bytes = Buffer.allocUnsafe(CAPACITY);
  #length = 0;
  #frameAt = 0;

  get isEmpty() {
    return this.#length === 0;
  }

  /** What was gathered; the next request overwrites it unless `release` is called first. */
  gathered() {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  /** The last gathered bytes stay as they are: somebody still writes them. */
  release() {
    this.#bytes = Buffer.allocUnsafe(CAPACITY);
  }

  /** @param {number} timeoutMs */
  connect(timeoutMs) {
    this.#begin(0);
    this.#int32(0);
    this.#zeros(8);
    this.#int32(timeoutMs);
    this.#zeros(8);
    this.#int32(16);
    this.#zeros(17); // password, read-only
    this.#end();
  }

  ping() {
    this.#header(PING_XID, Op.ping);
    this.#end();
  }

  /** @param {number} xid */
  close(xid) {
    this.#header(xid, Op.close);
    this.#end();
  }

  /**
   * getData or getChildren.
   * @param {number} xid
   * @param {{ op: number, path: string, watch: boolean }} request
   */
  read(xid, { op, path, watch }) {
    this.#header(xid, op, path.length);
    this.#string(path);
    this.#int8(watch ? 1 : 0);
    this.#end();
  }

  /**
   * @param {number} xid
   * @param {string} path
   * @param {Buffer} data
   */
  setData(xid, path, data) {
    this.#header(xid, Op.setData, path.length + data.length);
    this.#setDataBody(path, data);
    this.#end();
  }

  /**
   * @param {number} xid
   * @param {{ path: string, data: Buffer, flags: number }} request open to everybody
   */
  create(xid, { path, data, flags }) {
    this.#header(xid, Op.create, path.length + data.length);
    this.#string(path);
    this.#buffer(data);
    this.#int32(1);
    this.#int32(31);
    this.#string('world');
    this.#string('anyone');
    this.#int32(flags);
    this.#end();
  }

  /**
   * @param {number} xid
   * @param {string} path
   */
  delete(xid, path) {
    this.#header(xid, Op.delete, path.length);
    this.#string(path);
    this.#int32(-1);
    this.#end();
  }

  /**
   * One transaction of sets.
   * @param {number} xid
   * @param {readonly { path: string, data: Buffer }[]} sets
   */
  multi(xid, sets) {
    const size = sets.reduce((sum, { path, data }) => sum + path.length + data.length + 32, 0);
    this.#header(xid, Op.multi, size);
    for (const { path, data } of sets) {
      this.#multiHeader(Op.setData, false);
      this.#setDataBody(path, data);
    }
    this.#multiHeader(-1, true);
    this.#end();
  }

  /**
   * @param {number} xid
   * @param {number} op
   * @param {number} [size] bytes beyond what any request has
   */
  #header(xid, op, size = 0) {
    this.#begin(size);
    this.#int32(xid);
    this.#int32(op);
  }

  /**
   * @param {number} op
   * @param {boolean} done
   */
  #multiHeader(op, done) {
    this.#int32(op);
    this.#int8(done ? 1 : 0);
    this.#int32(-1);
  }

  /**
   * @param {string} path
   * @param {Buffer} data
   */
  #setDataBody(path, data) {
    this.#string(path);
    this.#buffer(data);
    this.#int32(-1);
  }

  /** @param {number} size */
  #begin(size) {
    const needed = this.#length + size + HEADROOM;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(needed * 2);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#frameAt = this.#length;
    this.#length += 4;
  }

  #end() {
    this.#bytes.writeInt32BE(this.#length - this.#frameAt - 4, this.#frameAt);
  }

  /** @param {number} value */
  #int8(value) {
    this.#bytes[this.#length++] = value;
  }

  /** @param {number} value */
  #int32(value) {
    this.#length = this.#bytes.writeInt32BE(value, this.#length);
  }

  /** @param {number} count */
  #zeros(count) {
    this.#bytes.fill(0, this.#length, (this.#length += count));
  }

  /** @param {string} text ASCII */
  #string(text) {
    this.#int32(text.length);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  /** @param {Buffer} data */
  #buffer(data) {
    this.#int32(data.length);
    this.#length += data.copy(this.#bytes, this.#length);
  }
}
