/** The Secrets a deployment names: which keys each must have, which are missing, and how each is made. Pure but for `readSecrets`. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Kubectl } from "../cluster/kubectl.ts";
import { backupBucketOf } from "../deployment/backup-bucket.ts";
import { chartValuesOf } from "../deployment/chart-values.ts";
import type { Deployment } from "../deployment/deployment.ts";
import type { Manifest } from "../kubernetes/manifest.ts";

/** What a key holds, which says whether it can be made here and how. The store's URL, certificates and logins are only yours. */
export type Content =
  | "store-url"
  | "sealing-keys"
  | "signing-key"
  | "dataplane-token"
  | "certificate"
  | "internal-certificate"
  | "pull-login"
  | "bucket-key";
export type NeededKey = { secret: string; key: string; content: Content };

/** 32 bytes: AES-256, HMAC-SHA-256. */
const KEY_BYTES = 32;
const MAKES: Readonly<Partial<Record<Content, () => string>>> = {
  "sealing-keys": () => `k1:${randomBytes(KEY_BYTES).toString("base64")}`,
  "signing-key": () => randomBytes(KEY_BYTES).toString("base64"),
  "dataplane-token": () => `tsdp_${randomBytes(KEY_BYTES).toString("hex")}`,
};

export const isMakeable = ({ content }: NeededKey): boolean => MAKES[content] !== undefined;

const Values = z.looseObject({
  controlPlane: z.looseObject({ enabled: z.boolean().default(true) }).prefault({}),
  store: z
    .looseObject({
      mode: z.string().default("external"),
      existingSecret: z.string().default(""),
      secretKey: z.string().default("DATABASE_URL"),
    })
    .prefault({}),
  keys: z
    .looseObject({
      existingSecret: z.string().default(""),
      sealing: z.string().default("TOUCHSTONE_SECRET_KEYS"),
      signing: z.string().default("TOUCHSTONE_TOKEN_KEY"),
    })
    .prefault({}),
  dataplanes: z.looseObject({ existingSecret: z.string().default(""), groups: z.record(z.string(), z.unknown()).default({}) }).prefault({}),
  ingress: z
    .looseObject({ enabled: z.boolean().default(true), tls: z.looseObject({ existingSecret: z.string().default("") }).prefault({}) })
    .prefault({}),
  internalTls: z.looseObject({ existingSecret: z.string().default("") }).prefault({}),
  images: z.looseObject({ pullSecrets: z.array(z.string()).default([]) }).prefault({}),
});

/** By which a bucket is asked where pods do not ask for themselves. */
const bucketKeys = (url: string): string[] =>
  url.startsWith("az://") ? ["AZURE_STORAGE_SAS_TOKEN"] : ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/** What must be there before the chart is installed with these values. */
export const neededSecrets = (deployment: Deployment): NeededKey[] => {
  const { controlPlane, store, keys, dataplanes, ingress, internalTls, images } = Values.parse(chartValuesOf(deployment));
  const needed: NeededKey[] = [];
  const need = (secret: string, key: string, content: Content): void => {
    if (secret !== "") needed.push({ secret, key, content });
  };
  if (controlPlane.enabled) {
    if (store.mode === "external") need(store.existingSecret, store.secretKey, "store-url");
    need(keys.existingSecret, keys.sealing, "sealing-keys");
    need(keys.existingSecret, keys.signing, "signing-key");
    const bucket = backupBucketOf(deployment);
    if (bucket !== null) for (const key of bucketKeys(bucket.url)) need(bucket.secret, key, "bucket-key");
    if (ingress.enabled) for (const key of ["tls.crt", "tls.key"]) need(ingress.tls.existingSecret, key, "certificate");
    for (const key of ["tls.crt", "tls.key", "ca.crt"]) need(internalTls.existingSecret, key, "internal-certificate");
  }
  // A group that is `null` is left out, and an empty map of groups is the usual one.
  const groups = Object.entries({ default: {}, ...dataplanes.groups }).flatMap(([name, group]) => (group === null ? [] : [name]));
  for (const group of groups) need(dataplanes.existingSecret, group, "dataplane-token");
  for (const login of images.pullSecrets) need(login, ".dockerconfigjson", "pull-login");
  return needed;
};

const keysIn = (secret: Manifest | null): Set<string> => new Set(secret === null ? [] : Object.keys(Object(secret["data"])));

/** The Secrets that are needed, as they are: null for one that is not there. */
export const readSecrets = async (kubectl: Kubectl, needed: readonly NeededKey[]): Promise<Map<string, Manifest | null>> => {
  const names = [...new Set(needed.map(({ secret }) => secret))];
  return new Map(await Promise.all(names.map(async (name) => [name, await kubectl.get("secret", name)] as const)));
};

export const missingKeys = (needed: readonly NeededKey[], there: ReadonlyMap<string, Manifest | null>): NeededKey[] =>
  needed.filter(({ secret, key }) => !keysIn(there.get(secret) ?? null).has(key));

const LITERALS: Readonly<Record<Content, (key: string) => string>> = {
  "store-url": (key) => `--from-literal=${key}='postgres://touchstone:…@db.example.org/touchstone?sslmode=verify-full'`,
  "sealing-keys": (key) => `--from-literal=${key}="k1:$(openssl rand -base64 32)"`,
  "signing-key": (key) => `--from-literal=${key}="$(openssl rand -base64 32)"`,
  "dataplane-token": (key) => `--from-literal=${key}="tsdp_$(openssl rand -hex 32)"`,
  "bucket-key": (key) => `--from-literal=${key}=…`,
  certificate: () => "",
  "internal-certificate": (key) => `--from-file=${key}`,
  "pull-login": () => "",
};

/** The command that makes a Secret, or adds to it what it lacks. */
const commandFor = (namespace: string, secret: string, missing: readonly NeededKey[], isThere: boolean): string => {
  const kubectl = `kubectl -n ${namespace}`;
  const contents = new Set(missing.map(({ content }) => content));
  if (contents.has("certificate")) return `${kubectl} create secret tls ${secret} --cert=tls.crt --key=tls.key`;
  if (contents.has("pull-login"))
    return `${kubectl} create secret docker-registry ${secret} --docker-server=… --docker-username=… --docker-password=…`;
  const type = contents.has("internal-certificate") ? " --type=kubernetes.io/tls" : "";
  const literals = missing.map(({ key, content }) => LITERALS[content](key)).join(" ");
  // Kept keys must stay as they are: `create` would refuse, `apply` of a new one would take them away.
  return isThere
    ? `${kubectl} create secret generic ${secret} --dry-run=client -o json ${literals} | ${kubectl} patch secret ${secret} --type=merge --patch-file=/dev/stdin`
    : `${kubectl} create secret generic ${secret}${type} ${literals}`;
};

/** One command for each Secret that is missing or lacks a key. */
export const commandsFor = (namespace: string, missing: readonly NeededKey[], there: ReadonlyMap<string, Manifest | null>): string[] =>
  [...Map.groupBy(missing, ({ secret }) => secret)].map(([secret, keys]) =>
    commandFor(namespace, secret, keys, (there.get(secret) ?? null) !== null),
  );

export const missingText = (missing: readonly NeededKey[]): string =>
  [...Map.groupBy(missing, ({ secret }) => secret)]
    .map(([secret, keys]) => `Secret ${secret}, ${keys.length === 1 ? "key" : "keys"} ${keys.map(({ key }) => key).join(" and ")}`)
    .join("; ");

/** A Secret with the missing keys made anew and everything it had kept. */
export const withMade = (namespace: string, secret: string, before: Manifest | null, missing: readonly NeededKey[]): object => {
  const made = missing.flatMap(({ key, content }) => {
    const value = MAKES[content]?.();
    return value === undefined ? [] : [[key, Buffer.from(value).toString("base64")] as const];
  });
  const data = { ...Object(before?.["data"]), ...Object.fromEntries(made) };
  return { apiVersion: "v1", kind: "Secret", type: "Opaque", metadata: { name: secret, namespace }, ...before, data };
};
