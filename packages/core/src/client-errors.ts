/** What can go wrong between a program and a server. A part of `errors.ts`. */
import { error } from "./error-text.ts";

export const CLIENT_ERRORS = {
  SERVER_UNNAMED: error(() => ({
    what: "It is not said which server to ask",
    why: "there was no login, and neither --server nor TOUCHSTONE_SERVER names one",
    todo: "touchstone login --server URL",
  })),
  SERVER_UNREACHABLE: error((server: string, reason: string) => ({
    what: `${server} cannot be reached`,
    why: reason,
    todo: "check the address, the network and the proxy (HTTPS_PROXY, NO_PROXY)",
  })),
  SERVER_SILENT: error((server: string, seconds: number) => ({
    what: `${server} does not answer`,
    why: `nothing came for ${seconds} seconds`,
    todo: "try again; if it stays so, look at the server's log",
  })),
  SERVER_UNTRUSTED: error((server: string, reason: string) => ({
    what: `The certificate of ${server} is not trusted`,
    why: reason,
    todo: "name the authority that issued it with --authority FILE (PEM), or correct the certificate; inside a cluster: docs/runbooks/internal-certificate.md",
  })),
  SERVER_ANSWER_ODD: error((server: string, reason: string) => ({
    what: `The answer of ${server} cannot be used`,
    why: reason,
    todo: "check that the address is Touchstone's own, and that program and server are of about the same version",
  })),
  SERVER_REFUSED: error((server: string, status: number) => ({
    what: `${server} refused`,
    why: `it answered with the status ${status}`,
    todo: "look at the server's log",
  })),
  LOGIN_NEEDED: error((server: string, reason: string) => ({
    what: `${server} does not know who asks`,
    why: reason,
    todo: `touchstone login --server ${server}, or a token in TOUCHSTONE_TOKEN`,
  })),
  LOGIN_ENDED: error((server: string, reason: string) => ({
    what: `The login at ${server} did not come about`,
    why: reason,
    todo: "run touchstone login again, and approve its code in time",
  })),
  CHECKS_CONFLICT: error((count: number, way: string) => ({
    what: `${count === 1 ? "One check was" : `${count} checks were`} changed both in the files and on the server`,
    why: "nothing was written, so that nobody's change is lost",
    todo: way,
  })),
  CHECKS_REFUSED: error((count: number, which: string) => ({
    what: `The server cannot take ${count === 1 ? "one of the checks" : `${count} of the checks`}`,
    why: which,
    todo: "correct the places named; nothing was written",
  })),
} as const;
