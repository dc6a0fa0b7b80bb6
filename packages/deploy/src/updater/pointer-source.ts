/** Where the pointer of a channel comes from. What it says is for `decide.ts` to judge. */
import { userError } from "@touchstone/core/errors";
import type { Kubectl } from "../cluster/kubectl.ts";
import { signedIn, type Signed } from "../supply/signature.ts";
import { download } from "./download.ts";

/** A pointer has some two kilobytes; with sixteen signatures on either document, six. */
const BYTES_MAX = 64 * 1024;
const CONFIG_MAP = "configmap:";
const KEY = "pointer.json";

/** Throws DOCUMENT_UNREADABLE, DOCUMENT_INVALID. */
export const readPointer = async (address: string, kubectl: Kubectl, signal: AbortSignal): Promise<Signed> => {
  if (!address.startsWith(CONFIG_MAP)) return signedIn((await download(address, BYTES_MAX, signal)).toString("utf8"), address);
  const found = await kubectl.get("configmap", address.slice(CONFIG_MAP.length));
  const text: unknown = Reflect.get(Object(found?.["data"]), KEY);
  if (typeof text !== "string")
    throw userError("DOCUMENT_UNREADABLE", address, found === null ? "it is not there" : `it has no key ${KEY}`);
  return signedIn(text, address);
};
