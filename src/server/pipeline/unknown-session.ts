/** Somebody has come back to a session of which this leader knows nothing, and waits to be told that it is over. */
export class UnknownSession {
  readonly id: bigint;

  constructor(id: bigint) {
    this.id = id;
  }
}
