/** What stands between us and a server, and fails, as errors for people. */
import { userError, type UserError } from "@touchstone/core/errors";

/** What the system's codes mean, for those who meet them: Node's errno names, and those of its TLS. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: "no host has that name",
  EAI_AGAIN: "the name could not be looked up right now",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was closed in the middle",
  EPIPE: "the connection was closed in the middle",
  ETIMEDOUT: "the connection did not come about in time",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  EPROTO: "what listens there does not speak https",
  ERR_SSL_WRONG_VERSION_NUMBER: "what listens there does not speak https",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "what listens there does not speak https",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "the two have no version of TLS in common",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the two have no version of TLS in common",
  ERR_PROXY_TUNNEL: "the proxy did not let us through",
  HPE_INVALID_CONSTANT: "what listens there does not speak http",
};

const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "an authority that is not known here has signed it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "an authority that is not known here has signed it",
  UNABLE_TO_GET_ISSUER_CERT: "an authority that is not known here has signed it",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "an authority that is not known here has signed it",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_REVOKED: "it was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for another host",
};

const codeOf = (thrown: unknown): string => (thrown instanceof Error && "code" in thrown ? String(thrown.code) : "");

/** Failures that do not pass by themselves: what answers there is not the one that is meant, or not as it should be. */
const LASTING = [
  "EPROTO",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "HPE_INVALID_CONSTANT",
  ...Object.keys(UNTRUSTED),
];

/** Whether trying again for long would only hide what is wrong. */
export const isLasting = (thrown: unknown): boolean => LASTING.includes(codeOf(thrown));

/** A failure of the network as the user's error; an abort stays what it is. */
export const networkFailure = (server: string, thrown: unknown): UserError => {
  const code = codeOf(thrown);
  if (code === "ABORT_ERR") return userError("ABORTED");
  const doubt = UNTRUSTED[code];
  if (doubt !== undefined) return userError("SERVER_UNTRUSTED", server, doubt);
  return userError("SERVER_UNREACHABLE", server, UNREACHABLE[code] ?? `the system reports ${code === "" ? "no reason" : code}`);
};
