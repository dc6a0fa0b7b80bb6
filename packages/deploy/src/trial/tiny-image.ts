/** An image of a few bytes, for registries of tests. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** An image of one layer as skopeo keeps one in a folder (containers-transports(5), dir). Answers its digest. */
export const writeImage = (folder: string, text: string, architecture = "amd64"): string => {
  mkdirSync(folder, { recursive: true });
  const blob = (bytes: Buffer, mediaType: string) => {
    writeFileSync(join(folder, sha256(bytes)), bytes);
    return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
  };
  const layer = Buffer.concat([Buffer.from(text), Buffer.alloc(10_240 - text.length)]);
  const config = { architecture, os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] } };
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: blob(Buffer.from(JSON.stringify(config)), "application/vnd.oci.image.config.v1+json"),
    layers: [blob(gzipSync(layer), "application/vnd.oci.image.layer.v1.tar+gzip")],
  };
  const written = JSON.stringify(manifest);
  writeFileSync(join(folder, "manifest.json"), written);
  writeFileSync(join(folder, "version"), "Directory Transport Version: 1.1\n");
  return `sha256:${sha256(Buffer.from(written))}`;
};
