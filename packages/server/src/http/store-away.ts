/** Whether a request failed because the store could not be asked: it restarts, or has no connection left. Then it may be sent again. */

/** Classes and codes of Postgres: connections that fail or end, too many of them, a server that stops or starts (its appendix A). */
const STORE_CODES = /^(08\w{3}|53300|57P0[1-5])$/;
/** What the system says where nobody listens. Handlers have words of their own for other hosts that they ask. */
const SYSTEM_CODES = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN"];
/** `pg` has no codes for these. */
const MESSAGES = /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/;

export const isStoreAway = (thrown: unknown): boolean => {
  if (!(thrown instanceof Error)) return false;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  return STORE_CODES.test(code) || SYSTEM_CODES.includes(code) || MESSAGES.test(thrown.message);
};
