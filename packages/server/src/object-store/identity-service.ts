/** Asks the service that says who a pod is: a token of Kubernetes, or being this pod, for credentials of the cloud that soon end. */
import { readFile } from "node:fs/promises";
import { userError } from "@touchstone/core/errors";
import type { Environment } from "./object-store.ts";
import { answerOf } from "./request.ts";

/** `form`: sent by POST; without one it is a GET. */
export type Question = { url: string; headers?: Readonly<Record<string, string>>; form?: Readonly<Record<string, string>> };

const TODO =
  "look at the annotations of the ServiceAccount backup.bucket.serviceAccount, and at what the cloud trusts: docs/runbooks/restore-from-bucket.md";

/** The text of its answer. Throws OBJECT_STORE_UNREACHABLE, and OBJECT_STORE_IDENTITY where it refuses; nothing of the answer is told but its code. */
export const identityFrom = async (place: string, { url, headers = {}, form }: Question): Promise<string> => {
  const body = form === undefined ? null : Buffer.from(new URLSearchParams(form).toString());
  const sent = { ...headers, ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }) };
  const { host } = new URL(url);
  const ask = { method: form === undefined ? "GET" : "POST", url: new URL(url), headers: sent, body };
  const { status, body: answer } = await answerOf(ask, async (same) => same, { place: `${place}, by ${host}`, action: "used" });
  const text = answer.toString("utf8");
  if (status < 300) return text;
  const code = /<Code>(\w{1,60})<\/Code>|"error"\s*:\s*"(\w{1,60})"/.exec(text);
  throw userError("OBJECT_STORE_IDENTITY", place, `${host} answers ${status} ${code?.[1] ?? code?.[2] ?? ""}`.trimEnd(), TODO);
};

/** What a projected volume holds changes each hour: it is read when it is needed. Throws OBJECT_STORE_IDENTITY. */
export const tokenIn = async (place: string, path: string): Promise<string> => {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    throw userError("OBJECT_STORE_IDENTITY", place, `the token in ${path} cannot be read`, TODO);
  }
};

/** A variable of the environment; a Secret that was made from a line of text ends with the end of that line. */
export const given = (env: Environment, name: string): string => (env[name] ?? "").trim();

export const noIdentity = (place: string, looked: string, todo: string) =>
  userError("OBJECT_STORE_IDENTITY", place, `the environment has none of ${looked}`, todo);

export const unreadable = (place: string, service: string) =>
  userError("OBJECT_STORE_IDENTITY", place, `${service} answers something else than credentials`, TODO);
