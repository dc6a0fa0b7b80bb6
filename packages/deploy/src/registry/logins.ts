/**
 * Logins to registries, as helm, docker, skopeo and podman keep them in files of one format, which is also that of Secrets of the
 * type kubernetes.io/dockerconfigjson. Programs that keep them elsewhere (`credsStore`) are not asked.
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { jsonIn } from "@touchstone/core/json";
import { loginHostOf, type Reference } from "./reference.ts";

const Logins = z.looseObject({
  auths: z
    .record(z.string(), z.looseObject({ auth: z.string().optional(), username: z.string().optional(), password: z.string().optional() }))
    .default({}),
});
export type Logins = z.infer<typeof Logins>;

export type Login = {
  /** As HTTP's Basic scheme writes it. */
  basic: string;
};

/** What a text holds; one that is no such file holds none. */
export const loginsIn = (text: string): Logins => Logins.safeParse(jsonIn(text)).data ?? { auths: {} };

/** Names of one registry, the most special first: with its path, as skopeo may keep it, and as docker calls its own. */
const namesOf = ({ registry, repository }: Pick<Reference, "registry" | "repository">): string[] => {
  const parts = repository.split("/");
  const withPaths = parts.map((_, at) => [registry, ...parts.slice(0, parts.length - at)].join("/"));
  const plain = [...new Set([...withPaths, registry, loginHostOf(registry)])];
  return [...plain, ...plain.flatMap((name) => [`https://${name}`, `https://${name}/`, `https://${name}/v1/`, `https://${name}/v2/`])];
};

/** A text of a person may have line breaks in it, which no header can carry. */
const canonical = (base64: string): string => Buffer.from(base64, "base64").toString("base64");

/** The login for a repository; null where there is none. Pure. */
export const loginFor = ({ auths }: Logins, reference: Pick<Reference, "registry" | "repository">): Login | null => {
  for (const name of namesOf(reference)) {
    const found = Object.hasOwn(auths, name) ? auths[name] : undefined;
    const auth = canonical(found?.auth ?? "");
    if (auth !== "") return { basic: auth };
    if (found?.username !== undefined && found.password !== undefined)
      return { basic: Buffer.from(`${found.username}:${found.password}`).toString("base64") };
  }
  return null;
};

/** Where logins are looked for: where somebody has named a file, there alone. */
export const loginFiles = (env: NodeJS.ProcessEnv): string[] => {
  const named = env["HELM_REGISTRY_CONFIG"] ?? env["REGISTRY_AUTH_FILE"];
  if (named !== undefined && named !== "") return [named];
  const home = env["HOME"] ?? homedir();
  const { DOCKER_CONFIG, XDG_CONFIG_HOME, XDG_RUNTIME_DIR } = env;
  return [
    join(XDG_CONFIG_HOME ?? join(home, ".config"), "helm/registry/config.json"),
    join(DOCKER_CONFIG ?? join(home, ".docker"), "config.json"),
    ...(XDG_RUNTIME_DIR === undefined ? [] : [join(XDG_RUNTIME_DIR, "containers/auth.json")]),
    join(XDG_CONFIG_HOME ?? join(home, ".config"), "containers/auth.json"),
    "/run/containers/0/auth.json",
  ];
};

/** The login that this machine has for a repository. */
export const readLogin = async (
  reference: Pick<Reference, "registry" | "repository">,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Login | null> => {
  for (const file of loginFiles(env)) {
    const text = await readFile(file, "utf8").catch(() => "");
    const found = loginFor(loginsIn(text), reference);
    if (found !== null) return found;
  }
  return null;
};
