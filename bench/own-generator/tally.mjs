// What went wrong in a load. A load with anything in here has no figures.

export class Tally {
  errors = 0;
  lost = 0;
  timeouts = 0;
  connectFailures = 0;
  protocolErrors = 0;
  verifyErrors = 0;
  zxidRegressions = 0;
  badEvents = 0;
  firstProblem = '';
  /** @type {Record<string, number>} */
  #codes = {};

  /** @param {number} code that a server answered with, where none was expected */
  error(code) {
    this.errors += 1;
    this.#codes[code] = (this.#codes[code] ?? 0) + 1;
  }

  /**
   * @param {'timeouts' | 'connectFailures' | 'protocolErrors' | 'verifyErrors' | 'zxidRegressions' | 'badEvents'} kind
   * @param {string} text
   */
  problem(kind, text) {
    this[kind] += 1;
    if (this.firstProblem === '') this.firstProblem = text;
  }

  get isClean() {
    return (
      this.errors +
        this.lost +
        this.timeouts +
        this.connectFailures +
        this.protocolErrors +
        this.verifyErrors +
        this.zxidRegressions +
        this.badEvents ===
      0
    );
  }

  toJSON() {
    return {
      errors: this.errors,
      error_codes: this.#codes,
      lost: this.lost,
      timeouts: this.timeouts,
      connect_failures: this.connectFailures,
      protocol_errors: this.protocolErrors,
      verify_errors: this.verifyErrors,
      zxid_regressions: this.zxidRegressions,
      bad_events: this.badEvents,
      first_problem: this.firstProblem,
    };
  }
}
