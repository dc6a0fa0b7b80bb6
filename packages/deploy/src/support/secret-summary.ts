/** What may be told of a Secret: its name, the names of its keys, and whether two values are the same. */
import { createHmac } from "node:crypto";
import { z } from "zod";
import { Manifest } from "../kubernetes/manifest.ts";
import { secretsNamedIn } from "./redact.ts";

/** Made anew for each bundle and kept nowhere: equal values are seen within it, and none can be guessed from it. */
export type DigestKey = Buffer;
export const DIGEST_KEY_BYTES = 32;
const DIGEST_LETTERS = 16;

/** What helm keeps of a release: its values and its manifest, which the bundle has redacted. */
const RELEASE_TYPE = "helm.sh/release.v1";

const Secret = Manifest.extend({
  type: z.string().default("Opaque"),
  data: z.record(z.string(), z.string()).nullish(),
  stringData: z.record(z.string(), z.string()).nullish(),
});

/** Values by key, as they are before base64. */
const valuesOf = (secret: Manifest): [string, Buffer][] => {
  const { data, stringData } = Secret.parse(secret);
  return [
    ...Object.entries(data ?? {}).map(([key, value]): [string, Buffer] => [key, Buffer.from(value, "base64")]),
    ...Object.entries(stringData ?? {}).map(([key, value]): [string, Buffer] => [key, Buffer.from(value)]),
  ];
};

export const isSecret = ({ kind, apiVersion }: Manifest): boolean => kind === "Secret" && apiVersion === "v1";
const isRelease = (secret: Manifest): boolean => secret["type"] === RELEASE_TYPE;

/** The object without its values; keys by name, each with the keyed digest of what it holds. */
export const secretSummary = (secret: Manifest, key: DigestKey): Manifest => {
  const { data: _data, stringData: _texts, ...rest } = secret;
  const digest = (value: Buffer) => createHmac("sha256", key).update(value).digest("hex").slice(0, DIGEST_LETTERS);
  return {
    ...rest,
    keys: isRelease(secret)
      ? "left out: helm/ has what is in it"
      : valuesOf(secret)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => ({ name, digest: digest(value) })),
  };
};

/** Keys that operators put beside a password, whose values stand everywhere. */
const PLAIN = /^(user(name)?|host(name)?|port|db(name)?|database|ssl_?mode|namespace|type|region|endpoint|ca\.crt|tls\.crt)$/i;

/** Values to be looked for in everything else. */
export const knownSecrets = (secrets: readonly Manifest[]): string[] =>
  secrets
    .filter((secret) => !isRelease(secret))
    .flatMap(valuesOf)
    .flatMap(([key, value]) => (PLAIN.test(key) ? [] : [value.toString("utf8")]))
    // What a document names: the password within one of Docker, the key within one of Google.
    .flatMap((text) => [text, ...secretsNamedIn(text)]);
