/**
 * Secrets to be looked for where none may be: one of each shape that is known, and objects of Kubernetes that hold one in every field
 * that takes a text. None of them opens anything.
 */
import { resolved, definitionOf, DEFINITIONS, type Definition } from "../kubernetes/definition.ts";

export type Canary = {
  name: string;
  /** As it stands in a field. */
  text: string;
  /** What of it must be nowhere. */
  secrets: readonly string[];
};

const MARK = "c4narY";
const KEY_32_BYTES = "qZ8vN1c4narYx2Lw7Tb5Rj0Kf3Hd9Gs6Pm4Ue8Ya1Qo=";
const PEM_BODY = [
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjc4narYAoIBAQC7VJTUt9Us8c",
  "KjMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurTc4narY8uWq2zLk",
  "c4narYshort==",
];
const pem = (newline: string): string => ["-----BEGIN PRIVATE KEY-----", ...PEM_BODY, "-----END PRIVATE KEY-----"].join(newline);
const base64 = (text: string): string => Buffer.from(text).toString("base64");

const shape = (name: string, text: string, ...secrets: string[]): Canary => ({
  name,
  text,
  secrets: secrets.length > 0 ? secrets : [text],
});

export const CANARIES: readonly Canary[] = [
  shape("a URL of Postgres", `postgres://touchstone:${MARK}-p@ss/w0rd@db.example.org/x?sslmode=require`, `${MARK}-p`, "ss/w0rd"),
  shape(
    "a URL with the password as a parameter",
    `jdbc:postgresql://db.example.org/x?user=me&password=${MARK}0aaa&ssl=true`,
    `${MARK}0aaa`,
  ),
  shape("a connection string of SQL Server", `Server=db;Database=x;User Id=me;Password=${MARK}0bbb;Encrypt=true`, `${MARK}0bbb`),
  shape("a source name of MySQL", `loader:${MARK}0ccc@tcp(db.example.org:3306)/x`, `${MARK}0ccc`),
  shape("a token of a dataplane", `tsdp_${MARK}AAAABBBBCCCC0123456789abcdef0123456789abcd`),
  shape("a token of a person", `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJqdGkiOi${MARK}x.SflKxwRJSMeKKF2QT4${MARK}`, MARK),
  shape("a header of authorization", `Authorization: Bearer ${MARK}-opaque-1`, `${MARK}-opaque-1`),
  shape("basic authorization", `authorization=Basic ${base64(`me:${MARK}0ddd`)}`, base64(`me:${MARK}0ddd`)),
  shape("a key on one line", pem("\\n"), ...PEM_BODY),
  shape("a key on many lines", pem("\n"), ...PEM_BODY),
  shape("keys of the installation", `k2:${KEY_32_BYTES},k1:${KEY_32_BYTES}`, KEY_32_BYTES),
  shape("a key of 32 bytes", KEY_32_BYTES),
  shape("an access key of AWS", "AKIAC4NARYIOSF0DNN7E"),
  shape("a secret key of AWS", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYc4narYKEY1"),
  shape("a key of an API of Google", `AIzaSyC4${MARK}pT9vX2bN7mQ1wE5rT8yU3iO6pA`),
  shape("a token of Google", `ya29.${MARK}-a0AfH6SMBx`),
  shape(
    "a key of an account of Azure",
    `AccountName=x;AccountKey=${KEY_32_BYTES.slice(0, -1)}${KEY_32_BYTES}=;EndpointSuffix=core`,
    KEY_32_BYTES.slice(0, -1),
  ),
  shape("a shared access signature of Azure", `https://x.blob.core.windows.net/c?sv=2024&sig=${MARK}%2Fabc%3D`, `${MARK}%2Fabc`),
  shape("a secret of an application of Azure", `abc8Q~${MARK}Kq3mZ9xV7bN2wL5tR8yU1iO4pA`),
  shape("a token of a code forge", `ghp_${MARK}0123456789abcdefghijABCDEFGHIJ`),
  shape("a token of Databricks", "dapi0123456789abcdef0123c4ca4a0b4567", "0123456789abcdef0123c4ca4a0b4567"),
  shape(
    "a document of names and values",
    JSON.stringify({ auths: { "r.example.org": { password: `${MARK} with space` } } }),
    `${MARK} with space`,
  ),
  shape("a line of YAML", `user: me\npassword: ${MARK} with space`, `${MARK} with space`),
  shape("a block of YAML", `user: me\nclient_secret: |\n  ${MARK} one\n  ${MARK} two\nplace: here`, MARK),
  shape("a flag", `run --api-key ${MARK}0eee --all`, `${MARK}0eee`),
  shape("a name within a quoted text", `level=info msg="login password=${MARK}0jjj failed" user=me`, `${MARK}0jjj`),
  shape("a flag within a quoted text", `--message "run --password ${MARK}0kkk"`, `${MARK}0kkk`),
  shape("a block within a block", `outer: |\n  user: me\n  password: |\n    ${MARK} one\n\n    ${MARK} two\nnext: 1`, MARK),
  shape("a text with quotes in it", `{"password":"${MARK}\\"0lll","x":1`, MARK, "0lll"),
  shape("a document in a text in a text", `log "{\\"token\\":\\"${MARK}\\\\\\"0mmm\\",\\"x\\":1}"`, MARK, "0mmm"),
  shape("a password of many signs", `db password={${MARK},0nnn]'0ooo' next`, MARK, "0nnn", "0ooo"),
  shape("an element of XML", `<server><password kind="x">${MARK} with space</password></server>`, `${MARK} with space`),
  shape("a statement that makes a user", `CREATE USER loader WITH PASSWORD '${MARK} it''s'`, `${MARK} it`),
  shape("a statement that makes a secret", `CREATE SECRET (TYPE s3, KEY_ID '${MARK}id', SECRET '${MARK}0ggg')`, `${MARK}id`, `${MARK}0ggg`),
  shape("a user of curl", `curl -u me:${MARK}0hhh https://x.example.org`, `${MARK}0hhh`),
  shape("an address that is its own password", `https://hooks.slack.com/services/T00/B00/${MARK}0iii`, `${MARK}0iii`),
  shape("something of these in base64", base64(`postgres://me:${MARK}0fff@db/x`), base64(`postgres://me:${MARK}0fff@db/x`)),
];

/** A password that no shape tells: only its place, or that a Secret holds it. */
export const BARE: Canary = shape("a plain password", "c4nary correct horse");

const isText = ({ type }: Definition): boolean => type === "string" || (Array.isArray(type) && type.includes("string"));

/** An object of that definition whose every text is `text`; `seen` ends what leads back to itself. */
const filled = (definition: Definition, text: string, seen: readonly string[]): unknown => {
  const { $ref } = definition;
  if ($ref !== undefined) return seen.includes($ref) ? undefined : filled(resolved(definition), text, [...seen, $ref]);
  if (definition.enum !== undefined) return definition.enum[0];
  if (isText(definition)) return text;
  if (definition.type === "integer" || definition.type === "number") return 7;
  if (definition.type === "boolean") return true;
  if (definition.items !== undefined) return [filled(definition.items, text, seen)];
  if (definition.properties !== undefined)
    return Object.fromEntries(Object.entries(definition.properties).map(([name, inner]) => [name, filled(inner, text, seen)]));
  if (typeof definition.additionalProperties === "object")
    return { [text]: filled(definition.additionalProperties, text, seen), plain: text };
  return { [text]: text, plain: { deeper: [text] } };
};

export const KINDS: readonly string[] = Object.keys(DEFINITIONS.kinds);

/** An object of `apiVersion/Kind` with this text in every field that takes one; what the kind is, it stays. */
export const filledWith = (title: string, text: string): object => {
  const at = title.lastIndexOf("/");
  const kind = { apiVersion: title.slice(0, at), kind: title.slice(at + 1) };
  const definition = definitionOf(kind);
  if (definition === null) throw new Error(`${title} has no definition`);
  return { ...Object(filled(definition, text, [])), ...kind };
};

/** Which secrets of a canary stand in a text. */
export const seenIn = (text: string, { secrets }: Canary): string[] =>
  secrets.filter((secret) => [secret, JSON.stringify(secret).slice(1, -1)].some((one) => text.includes(one)));
