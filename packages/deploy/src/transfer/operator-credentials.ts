/**
 * What the operator could get in with, kept by the operator alone while a transfer is under way: only who has a key can prove that it
 * opens nothing any more. It is in no document, and deleted when the record is made.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import type { Kubectl } from "../cluster/kubectl.ts";
import { at } from "../kubernetes/manifest.ts";

const Tokens = z.record(z.string(), z.string());
export const OperatorCredentials = z.strictObject({
  version: z.literal(1),
  kind: z.literal("touchstone-operator-credentials"),
  transfer: z.string(),
  server: z.string().nullable(),
  apiTokens: Tokens,
  dataplaneTokens: Tokens,
  databaseUrl: z.string().nullable(),
});
export type OperatorCredentials = z.infer<typeof OperatorCredentials>;

const textsOf = (secret: unknown): Record<string, string> => {
  const data = z.record(z.string(), z.string()).safeParse(at(secret, "data")).data ?? {};
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8").trim()]));
};

export type Collected = { dataplaneTokens: Record<string, string>; databaseUrl: string | null };

/** Pods verify a store whose address does not say how it is encrypted (the chart's PGSSLMODE): who tries it from elsewhere has to as well. */
export const asPodsOpenIt = (url: string): string => {
  const parsed = URL.parse(url);
  if (parsed === null || [...parsed.searchParams.keys()].some((name) => name.startsWith("ssl"))) return url;
  return `${url}${url.includes("?") ? "&" : "?"}sslmode=verify-full`;
};

const databaseUrlIn = (secret: unknown): string | null => {
  const url = textsOf(secret)["DATABASE_URL"];
  return url === undefined ? null : asPodsOpenIt(url);
};

/** What stands in the Secrets that the operator may read today. */
export const collect = async (kubectl: Kubectl, names: { dataplanes: string; store: string }): Promise<Collected> => ({
  dataplaneTokens: textsOf(await kubectl.get("secret", names.dataplanes)),
  databaseUrl: databaseUrlIn(await kubectl.get("secret", names.store)),
});

/** Throws DOCUMENT_INVALID; nothing of what is in the file is told. */
export const readCredentials = async (file: string): Promise<OperatorCredentials> => {
  const text = await readFile(file, "utf8").catch(() => {
    throw userError("DOCUMENT_INVALID", file, "the file", "it cannot be read");
  });
  try {
    return OperatorCredentials.parse(JSON.parse(text));
  } catch {
    throw userError("DOCUMENT_INVALID", file, "the file", "it is not what export --keep has written");
  }
};
