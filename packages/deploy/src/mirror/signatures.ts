/** Signatures of images where skopeo finds them: in a registry, or in a folder of an archive. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256Of } from "../deployment/digest.ts";
import { PAYLOAD_BYTES_MAX, signaturesIn, type ImageSignature } from "../supply/image-signature.ts";
import type { Skopeo } from "./skopeo.ts";

const FOLDER = "dir:";

const NOTHING = Buffer.alloc(0);
/** A payload; nothing for one that is not there, or larger than any is. */
const payloadIn = async (file: string): Promise<Buffer> => {
  const bytes = await stat(file).then(
    ({ size }) => size,
    () => Infinity,
  );
  return bytes > PAYLOAD_BYTES_MAX ? NOTHING : readFile(file).catch(() => NOTHING);
};

/** What lies there; nothing where there is none. `scratch` is an empty folder. A payload that is another than its digest says is left out. */
export const signaturesAt = async (source: string | null, scratch: string, skopeo: Skopeo): Promise<ImageSignature[]> => {
  if (source === null) return [];
  const manifest = await skopeo.manifestOf(source);
  const found = manifest === null ? null : signaturesIn(manifest);
  if (found === null) return [];
  const folder = source.startsWith(FOLDER) ? source.slice(FOLDER.length) : scratch;
  if (folder === scratch) await skopeo.copy(source, `${FOLDER}${scratch}`);
  const read = found.map(async ({ digest, signature }) => {
    const payload = await payloadIn(join(folder, digest.replace("sha256:", "")));
    return sha256Of(payload) === digest ? [{ payload, signature }] : [];
  });
  return (await Promise.all(read)).flat();
};
