/** Structured logs, one JSON object a line. What could be secret or a row is not written in the first place; this is the second wall. */
import { pino, type Logger } from "pino";

/** Names under which something secret might stray into an entry. */
const REDACTED = ["password", "token", "authorization", "secret", "secret_key", "access_key", "passphrase", "cookie", "code"];

export const openLog = (level: string, destination?: { write: (line: string) => void }): Logger => {
  const options = {
    level,
    base: {},
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: [...REDACTED, ...REDACTED.map((name) => `*.${name}`)], censor: "[redacted]" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
};

export type { Logger };
