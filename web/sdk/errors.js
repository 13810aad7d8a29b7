/**
 * A refusal or failure with a `code` that is a key of the client's strings: `auth.wrong`, `full`, `gone`,
 * `perm.mic`, `dev.none.cam`, ...
 */
export class TrebleError extends Error {
  /**
   * @param {string} code
   * @param {{detail?: string, retryAfter?: number | null}} [more]  `retryAfter` in seconds
   */
  constructor(code, { detail = "", retryAfter = null } = {}) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = "TrebleError";
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}
