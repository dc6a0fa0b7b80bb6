/** Whether the Secrets that pods name are there with their keys, in the shape they need. What is in them is never told. */
import { ok, note, problem, type Finding } from "@touchstone/core/model/finding";
import { at, podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";
import type { Check } from "./check.ts";
import { internalSecretIn } from "./internal-tls.ts";

const ID = "secrets";
const KEY_BYTES = 32;
const PULL = "kubernetes.io/dockerconfigjson";
const NAMED_MAX = 5;

/** A Secret that pods name, and the key they take; null where they take it whole. */
export type SecretAsk = { name: string; key: string | null; type?: string };

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

const asksOfPod = (object: Manifest): SecretAsk[] => {
  const template = podTemplateOf(object);
  if (template === null) return [];
  const { containers, initContainers, volumes } = template.spec;
  const keys = [...containers, ...initContainers].flatMap(({ env }) =>
    env.flatMap(({ valueFrom }): SecretAsk[] => {
      const [name, key] = [text(at(valueFrom, "secretKeyRef", "name")), text(at(valueFrom, "secretKeyRef", "key"))];
      return name === null || key === null || at(valueFrom, "secretKeyRef", "optional") === true ? [] : [{ name, key }];
    }),
  );
  const mounted = volumes.flatMap((volume): SecretAsk[] => {
    const name = text(at(volume, "secret", "secretName"));
    const items = list(at(volume, "secret", "items"));
    if (name === null || at(volume, "secret", "optional") === true) return [];
    return items.length === 0 ? [{ name, key: null }] : items.map((item) => ({ name, key: text(at(item, "key")) }));
  });
  const pulls = list(at(template.spec, "imagePullSecrets")).flatMap((one): SecretAsk[] => {
    const name = text(at(one, "name"));
    return name === null ? [] : [{ name, key: ".dockerconfigjson", type: PULL }];
  });
  return [...keys, ...mounted, ...pulls];
};

/** Each Secret and key that these objects name, once, but for those that the objects make: a store's by its operator, an ExternalSecret's. */
export const secretAsks = (objects: readonly Manifest[]): SecretAsk[] => {
  const made = new Set(
    objects.flatMap((object) =>
      object.kind === "Cluster"
        ? [`${object.metadata.name}-app`, `${object.metadata.name}-ca`]
        : object.kind === "Secret" || object.kind === "ExternalSecret" || object.kind === "SealedSecret"
          ? [text(at(object, "spec", "target", "name")) ?? object.metadata.name]
          : object.kind === "Certificate"
            ? [text(at(object, "spec", "secretName")) ?? object.metadata.name]
            : [],
    ),
  );
  const asks = objects.flatMap(asksOfPod).filter(({ name }) => !made.has(name));
  return [...new Map(asks.map((ask) => [`${ask.name} ${ask.key ?? ""}`, ask])).values()];
};

const bytesIn = (base64: string): number => (/^[A-Za-z0-9+/_-]+=*$/.test(base64) ? Buffer.from(base64, "base64").length : 0);

/** What the value of a key must look like, by the key: a slip of whoever made the Secret would otherwise end the pods at their start. */
const SHAPES: readonly { key: RegExp; is: string; fits: (value: string) => boolean }[] = [
  {
    key: /^DATABASE_URL$/,
    is: "a postgres:// URL, in which sslmode says how it is encrypted",
    // ssl=false is a text to the driver, with which it begins TLS, and fails.
    fits: (value) => /^postgres(ql)?:\/\/\S+$/.test(value) && URL.canParse(value) && !/[?&]ssl=false(&|$)/.test(value),
  },
  {
    key: /^TOUCHSTONE_SECRET_KEYS$/,
    is: "keys as id:base64 of 32 bytes, separated by commas",
    fits: (value) => value.split(/[\s,]+/).every((one) => /^[^:]+:/.test(one) && bytesIn(one.replace(/^[^:]+:/, "")) === KEY_BYTES),
  },
  { key: /^TOUCHSTONE_TOKEN_KEY$/, is: "at least 32 bytes in base64", fits: (value) => bytesIn(value) >= KEY_BYTES },
];
const TOKEN = { is: "a token: tsdp_ and at least 32 letters", fits: (value: string) => /^tsdp_[A-Za-z0-9_-]{32,}$/.test(value) };

const shapeOf = ({ name, key }: SecretAsk, tokens: string) => (name === tokens ? TOKEN : SHAPES.find((shape) => shape.key.test(key ?? "")));

const valueOf = (secret: Manifest, key: string): string | null => {
  const data = text(at(secret, "data", key));
  return data === null ? null : Buffer.from(data, "base64").toString("utf8").trim();
};

/** What the driver takes for less: the others it takes for verify-full (pg 8.23, pg-connection-string 2). */
const isWeak = (url: string): boolean => {
  const said = Object.fromEntries(new URL(url).searchParams);
  const { sslmode: mode = "" } = said;
  if (mode === "") return ["0", "no-verify"].includes(said["ssl"] ?? "");
  return ["disable", "no-verify"].includes(mode) || (said["uselibpqcompat"] === "true" && mode !== "verify-full");
};

/** One Secret with all that is asked of it. `tokens` is the one that holds tokens of dataplanes. */
const secretFindings = (name: string, asks: readonly SecretAsk[], secret: Manifest | undefined, tokens: string): Finding[] => {
  const keys = asks.flatMap(({ key }) => key ?? []);
  const isPull = asks.some(({ type }) => type === PULL);
  const make = isPull
    ? `kubectl create secret docker-registry ${name}`
    : `kubectl create secret generic ${name}${keys.map((key) => ` --from-literal=${key}=…`).join("")}`;
  if (secret === undefined)
    return [problem(ID, `there is no Secret ${name}`, keys.length === 0 ? "it" : `it, with ${keys.join(", ")}`, make)];
  if (isPull && secret["type"] !== PULL)
    return [problem(ID, `Secret ${name} is of type ${String(secret["type"] ?? "Opaque")}`, PULL, `delete it, and: ${make}`)];
  return asks.flatMap((ask): Finding[] => {
    if (ask.key === null) return [];
    const value = valueOf(secret, ask.key);
    if (value === null || value === "")
      return [
        problem(
          ID,
          `Secret ${name} has no key ${ask.key}, or nothing in it`,
          "it",
          `add it: kubectl edit secret ${name}, or whatever makes it`,
        ),
      ];
    const shape = shapeOf(ask, tokens);
    if (shape !== undefined && !shape.fits(value))
      return [
        problem(
          ID,
          `${ask.key} in Secret ${name} is not what it should be`,
          shape.is,
          "make it again; docs/deployment.md has the commands",
        ),
      ];
    return ask.key === "DATABASE_URL" && isWeak(value)
      ? [
          note(
            ID,
            `${ask.key} in Secret ${name} asks for less than TLS that is verified (sslmode)`,
            "a connection to the store whose other end is known: verify-full, which pods take where nothing is said",
            "say sslmode=verify-full, and name the authority in values (authorities) where it is your own",
          ),
        ]
      : [];
  });
};

export const judgeSecrets = (asks: readonly SecretAsk[], secrets: readonly Manifest[], tokens: string): Finding[] => {
  const names = [...new Set(asks.map(({ name }) => name))];
  const findings = names.flatMap((name) =>
    secretFindings(
      name,
      asks.filter((ask) => ask.name === name),
      secrets.find(({ metadata }) => metadata.name === name),
      tokens,
    ),
  );
  if (findings.some(({ state }) => state === "problem")) return findings;
  const shown = names.length > NAMED_MAX ? `${names.length} Secrets` : names.join(", ");
  return [ok(ID, names.length === 0 ? "none is named" : `${shown}: there, with their keys`), ...findings];
};

export const secrets: Check = {
  id: ID,
  looks: "the Secrets that the pods name, their keys, and the shape of what is in them (never told)",
  needs: "each, with each key; URL, keys and tokens in the shape the program takes",
  look: async ({ rendered, namespace, site: { deployment, kubectl } }) => {
    const objects = await rendered();
    // The certificate inside is a check of its own.
    const asks = secretAsks(objects).filter(({ name }) => name !== internalSecretIn(objects));
    const names = (await namespace()) === null ? [] : [...new Set(asks.map(({ name }) => name))];
    // Each by its name: what else is secret in the namespace is none of our business.
    const found = await Promise.all(names.map((name) => kubectl.get("secrets", name)));
    return judgeSecrets(
      asks,
      found.filter((secret) => secret !== null),
      deployment.secrets.dataplanes,
    );
  },
};
