/** Names that say that what they name is secret: of environment variables, keys, headers, flags and fields alike. */

/** As a part of a name, once its words are in lower case and joined: `dbPassword`, `DB-PASSWORD` and `db_password` are one. */
const SECRET_WORDS = new RegExp(
  [
    "pass(word|wd|phrase|code)",
    "pwd",
    "secret",
    "token",
    "credential",
    "authorization",
    "cookie",
    "(api|access|account|private|signing|sealing|encryption|encrypt|hmac|master|shared|storage|license|sas|ssh)_?key",
    "connection_?string",
    "database_?url",
    "keystore",
    "jdbc_?uri",
    "pgpass",
    "docker_?config_?json",
  ].join("|"),
);
/** As a whole word of a name, for within other words they mean nothing: `sig` of a shared access signature, but not of `design`. */
const SECRET_ALONE = /(^|_)(pass|pw|sig|signature|dsn|jwt|sas|otp|pin|bearer|session_id|auth|htpasswd|creds?|keys?_pem)(_|$)/;

/** Endings of names that tell where a secret is, or how long it is good for, and not what it is. */
const ABOUT =
  /_(file|files|path|folder|dir|name|names|ref|refs|type|version|id|ids|issuer|endpoint|audience|audiences|seconds|minutes|hours|days|ms|ttl|bytes|count|max|min|length|enabled|required|policy|requests)$/;

const wordsOf = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");

/** An id of a key is a secret's other half in clouds (AWS_ACCESS_KEY_ID), and is hidden with it. */
const isHalf = (words: string): boolean => words.endsWith("access_key_id");

/** Whether a value of this name is to be hidden. */
export const isSecretName = (name: string): boolean => {
  const words = wordsOf(name);
  if (ABOUT.test(words) && !isHalf(words)) return false;
  return SECRET_WORDS.test(words) || SECRET_ALONE.test(words);
};

/**
 * Fields of Kubernetes and of the chart that have such a name and hold the name of an object, or an object with one. A plain text under
 * `secret` is a secret all the same.
 */
const REFERENCES_AS_TEXT = new Set(["existingSecret", "pullSecrets", "imagePullSecrets", "authSecretName"]);
const REFERENCES_AS_OBJECT = new Set([
  "secret",
  "secrets",
  "secretRef",
  "secretKeyRef",
  "imagePullSecrets",
  "pullSecrets",
  "serviceAccountToken",
  "basicAuth",
  "authorization",
]);

/** Whether what stands there only says which secret is meant. */
export const isReference = (name: string, value: unknown): boolean => {
  if (typeof value === "string") return REFERENCES_AS_TEXT.has(name);
  if (Array.isArray(value)) return value.every((one) => (typeof one === "string" ? REFERENCES_AS_TEXT.has(name) : isReference(name, one)));
  // A number may be a password; a truth value is none.
  if (typeof value !== "object" || value === null) return typeof value !== "number" && typeof value !== "bigint";
  const keys = Object.keys(value);
  // `secrets` of deployment.yaml: names of Secrets by what they hold.
  if (name === "secrets" && keys.every((key) => /^(store|keys|dataplanes|certificate|internal)$/.test(key))) return true;
  return REFERENCES_AS_OBJECT.has(name) && keys.some((key) => /^(name|secretName|key|path|audience)$/.test(key));
};
