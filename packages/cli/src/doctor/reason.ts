/** What the system says, as people say it. */
export const reasonOf = (thrown: unknown): string => {
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  const known: Readonly<Record<string, string>> = {
    EACCES: "permission denied",
    EPERM: "it is not permitted",
    ENOENT: "it is not there",
    ENOTDIR: "a file stands where a folder is needed",
    EISDIR: "it is a folder",
    EROFS: "the file system is read-only",
    ECONNREFUSED: "nothing listens there",
    ENOTFOUND: "no such host is known",
    EADDRNOTAVAIL: "this machine has no such address",
    EADDRINUSE: "something else listens there",
    EPROTO: "it does not speak TLS",
    CERT_HAS_EXPIRED: "its certificate has expired",
    DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
    SELF_SIGNED_CERT_IN_CHAIN: "its certificate comes from an authority that is not trusted",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate comes from an authority that is not trusted",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate comes from an authority that is not trusted",
    ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  };
  if (thrown instanceof Error && thrown.name === "TimeoutError") return "no answer came in time";
  return known[code] ?? (code === "" ? (thrown instanceof Error ? thrown.message : String(thrown)) : `the system answers ${code}`);
};
