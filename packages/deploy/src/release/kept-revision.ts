/**
 * A revision as helm keeps it: a Secret of its own, in which JSON is packed (`encodeRelease` in helm's pkg/storage/driver/util.go). It is
 * changed or struck only as it was when it was read: under a number that was struck, somebody else may have made another one since.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import { toErrorInfo, userError } from "@touchstone/core/errors";
import { kubectlReason, type Kubectl } from "../cluster/kubectl.ts";
import type { Manifest } from "../kubernetes/manifest.ts";
import type { Site } from "./site.ts";

/** A Secret holds 1 MiB, and YAML packs to a tenth or twentieth. */
const JSON_BYTES_MAX = 64 * 2 ** 20;

const Revision = z.looseObject({ manifest: z.string().default("") });
const Kept = z.looseObject({ release: z.string() });

export type KeptRevision = { number: number; secret: Manifest; revision: z.infer<typeof Revision> };

const decoded = (text: string): string => Buffer.from(text, "base64").toString("latin1");

/** What a Secret of helm's says. Throws where it says nothing. */
export const unpacked = (release: string): z.infer<typeof Revision> => {
  const packed = Buffer.from(decoded(release), "base64");
  return Revision.parse(JSON.parse(gunzipSync(packed, { maxOutputLength: JSON_BYTES_MAX }).toString("utf8")));
};

/** The same as a Secret takes it: packed, in base64 by helm, and again as every value of a Secret. */
export const packed = (revision: z.infer<typeof Revision>): string =>
  Buffer.from(gzipSync(JSON.stringify(revision)).toString("base64")).toString("base64");

const nameOf = ({ deployment: { name } }: Site, number: number): string => `sh.helm.release.v1.${name}.v${number}`;

const secretOf = (site: Site, number: number): Promise<Manifest | null> => site.kubectl.get("secret", nameOf(site, number));

/** Throws ABORTED once a person has stopped it, or the lock is somebody else's. */
export const stopIfAsked = ({ signal }: Site): void => {
  if (signal.aborted) throw userError("ABORTED");
};

/** Null where there is none. Throws TOOL_FAILED for one that is kept in another way. */
export const readKept = async (site: Site, number: number): Promise<KeptRevision | null> => {
  const secret = await secretOf(site, number);
  if (secret === null) return null;
  try {
    return { number, secret, revision: unpacked(Kept.parse(secret["data"]).release) };
  } catch (thrown) {
    throw userError("TOOL_FAILED", "touchstone", `read revision ${number} as helm keeps it`, toErrorInfo(thrown).why);
  }
};

/** Writes another manifest into it. Throws TOOL_FAILED where somebody has changed it since it was read. */
export const writeManifest = async (site: Site, { number, secret, revision }: KeptRevision, manifest: string): Promise<void> => {
  const data = { ...Object(secret["data"]), release: packed({ ...revision, manifest }) };
  stopIfAsked(site);
  if (!(await site.kubectl.replace({ ...secret, data })))
    throw userError("TOOL_FAILED", "kubectl", `write revision ${number}`, "somebody has changed it meanwhile");
};

/** Only if it is the same still: kubectl has no option for it, and sends what it is given. */
const removeExactly = async ({ kubectl }: { kubectl: Kubectl }, { metadata }: Manifest, number: number): Promise<void> => {
  const { uid, resourceVersion } = metadata;
  const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
  const path = `/api/v1/namespaces/${kubectl.access.namespace}/secrets/${metadata.name}`;
  const ended = await kubectl.run(["delete", "--raw", path, "-f", "-"], { input: JSON.stringify(body) });
  if (ended.status !== 0) throw userError("TOOL_FAILED", "kubectl", `strike revision ${number}`, kubectlReason(ended));
};

/** Strikes a revision from helm's history. Nothing is done where there is none. */
export const forget = async (site: Site, number: number): Promise<void> => {
  const secret = await secretOf(site, number);
  stopIfAsked(site);
  if (secret !== null) await removeExactly(site, secret, number);
};
