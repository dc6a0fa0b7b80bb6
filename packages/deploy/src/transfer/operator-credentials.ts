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

/** What stands in the Secrets that the operator may read today. */
export const collect = async (kubectl: Kubectl, names: { dataplanes: string; store: string }): Promise<Collected> => ({
  dataplaneTokens: textsOf(await kubectl.get("secret", names.dataplanes)),
  databaseUrl: textsOf(await kubectl.get("secret", names.store))["DATABASE_URL"] ?? null,
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
