/** Where the pointer of a channel comes from. What it says is for `decide.ts` to judge. */
import { userError } from "@touchstone/core/errors";
import type { Kubectl } from "../cluster/kubectl.ts";
import { exactReferenceOf, isOci } from "../registry/reference.ts";
import { DOCUMENT_BYTES_MAX, readFromRegistry } from "../supply/in-registry.ts";
import { signedIn, type Signed } from "../supply/signature.ts";
import { download } from "./download.ts";

const CONFIG_MAP = "configmap:";
const KEY = "pointer.json";

/** Of an address outside the cluster. Throws DOCUMENT_UNREADABLE, DOCUMENT_TOO_LARGE, DOCUMENT_INVALID, and of a registry REGISTRY_UNREACHABLE, REGISTRY_REFUSED, REGISTRY_LACKS, CONTENT_ALTERED. */
export const readSigned = async (address: string, option: string, signal: AbortSignal): Promise<Signed> =>
  signedIn(
    isOci(address)
      ? await readFromRegistry(exactReferenceOf(address, option), { signal })
      : (await download(address, DOCUMENT_BYTES_MAX, signal)).toString("utf8"),
    address,
  );

/** Throws what `readSigned` throws. */
export const readPointer = async (address: string, kubectl: Kubectl, signal: AbortSignal): Promise<Signed> => {
  if (!address.startsWith(CONFIG_MAP)) return readSigned(address, "updater.pointer", signal);
  const found = await kubectl.get("configmap", address.slice(CONFIG_MAP.length));
  const text: unknown = Reflect.get(Object(found?.["data"]), KEY);
  if (typeof text !== "string")
    throw userError("DOCUMENT_UNREADABLE", address, found === null ? "it is not there" : `it has no key ${KEY}`);
  return signedIn(text, address);
};
