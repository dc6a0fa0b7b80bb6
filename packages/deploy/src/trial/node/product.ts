/** The product on a trial cluster with nodes: its real images in the cluster's registry, what it needs to be installed, and its description. */
import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { buildImage, tagOf } from "../../images/build.ts";
import type { ImageName } from "../../images/root.ts";
import type { JsonObject } from "../fields.ts";
import { entranceOf } from "./ingress.ts";
import type { NodeCluster } from "./cluster.ts";

const run = promisify(execFile);

export const NAMESPACE = "quality";
export const API = "quality-touchstone";
export const FQDN = "quality.trial.test";
/** Of the Service that has the name. */
export const ENTRANCE = "10.96.0.20";

/** A folder with an OCI layout of each image, `control-plane` and `dataplane`, tagged 1, that were built before. */
const GIVEN = "TOUCHSTONE_TRIAL_IMAGES";
const BUILT: readonly ImageName[] = ["control-plane", "dataplane"];

export type Digests = { controlPlane: string; dataplane: string };

const Descriptor = z.looseObject({ digest: z.string(), size: z.number() });
const Index = z.looseObject({ manifests: z.array(Descriptor) });
const ImageManifest = z.looseObject({ config: Descriptor });
const Config = z.looseObject({ config: z.looseObject({ Labels: z.record(z.string(), z.string()).default({}) }) });

/** Layouts of both images in a folder: those that are given, or built now, which takes minutes. */
export const layouts = async (scratch: string): Promise<string> => {
  const given = process.env[GIVEN];
  if (given !== undefined) return given;
  const [root, runroot] = [join(scratch, "store"), join(scratch, "store-run")];
  for (const image of BUILT) {
    await buildImage(image, { store: ["--root", root, "--runroot", runroot, "--storage-driver", "vfs"] });
    const from = `containers-storage:[vfs@${root}+${runroot}]${tagOf(image)}`;
    await run("skopeo", ["copy", "--quiet", "--preserve-digests", from, `oci:${join(scratch, image)}:1`]);
  }
  return scratch;
};

/** The same image under another digest: a label more is in its configuration. Writes its layout, and answers where. */
export const relabelled = async (layout: string, label: string, into: string): Promise<string> => {
  const blobs = join(into, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const blob = (digest: string): string => join(blobs, digest.replace("sha256:", ""));
  for (const name of await readdir(join(layout, "blobs/sha256"))) await copyFile(join(layout, "blobs/sha256", name), join(blobs, name));
  await copyFile(join(layout, "oci-layout"), join(into, "oci-layout"));
  const put = async (content: object): Promise<{ digest: string; size: number }> => {
    const text = JSON.stringify(content);
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    await writeFile(blob(digest), text);
    return { digest, size: Buffer.byteLength(text) };
  };
  const index = Index.parse(JSON.parse(await readFile(join(layout, "index.json"), "utf8")));
  const [first] = index.manifests;
  if (first === undefined) throw new Error(`${layout} is empty`);
  const manifest = ImageManifest.parse(JSON.parse(await readFile(blob(first.digest), "utf8")));
  const config = Config.parse(JSON.parse(await readFile(blob(manifest.config.digest), "utf8")));
  const labels = { ...config.config.Labels, "touchstone.dev/trial": label };
  const made = await put({ ...config, config: { ...config.config, Labels: labels } });
  const changed = await put({ ...manifest, config: { ...manifest.config, ...made } });
  await writeFile(join(into, "index.json"), JSON.stringify({ ...index, manifests: [{ ...first, ...changed }] }));
  return into;
};

/** Brings both images from their layouts into the registry. */
export const bringImages = async ({ images }: NodeCluster, folder: string, tag: string): Promise<Digests> => ({
  controlPlane: await images.bring(`oci:${join(folder, "control-plane")}:1`, `touchstone/control-plane:${tag}`),
  dataplane: await images.bring(`oci:${join(folder, "dataplane")}:1`, `touchstone/dataplane:${tag}`),
});

/** A certificate of our name, signed by itself, as `tls.crt` and `tls.key` in a folder. */
const certificate = async (folder: string): Promise<{ certificate: string; key: string }> => {
  const [crt, key] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  const subject = ["-subj", `/CN=${FQDN}`, "-addext", `subjectAltName=DNS:${FQDN}`, "-days", "300"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await run("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", crt]);
  return { certificate: await readFile(crt, "utf8"), key: await readFile(key, "utf8") };
};

const secret = (name: string, stringData: JsonObject, type = "Opaque"): JsonObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: NAMESPACE },
  type,
  stringData,
});

/** Makes what an installation finds: its namespace, the store's Secret, a certificate, and the way in. Answers the certificate. */
export const prepare = async (cluster: NodeCluster, digests: Digests, folder: string): Promise<string> => {
  const { make, images, postgres } = cluster;
  const own = await certificate(folder);
  const image = `${images.address}/touchstone/control-plane@${digests.controlPlane}`;
  const backend = `${API}.${NAMESPACE}.svc.cluster.local`;
  for (const object of entranceOf({ image, node: "node-a", address: ENTRANCE, backend, ...own })) await make(object);
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await make({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } });
  await make(secret("touchstone-store", { DATABASE_URL: postgres.storeUrl }));
  await make(secret("quality-certificate", { "tls.crt": own.certificate, "tls.key": own.key }, "kubernetes.io/tls"));
  return own.certificate;
};

/** The description: two pods of the API and a worker, small enough for two nodes of two processors. */
export const described = ({ images, addresses }: NodeCluster, { controlPlane, dataplane }: Digests): string =>
  JSON.stringify({
    version: 1,
    name: "quality",
    model: "customer",
    fqdn: FQDN,
    size: "dev",
    cluster: { namespace: NAMESPACE, ingressClass: "nginx" },
    release: { imageRegistry: images.address, digests: { controlPlane, dataplane } },
    secrets: { certificate: "quality-certificate" },
    networks: {
      store: [`${addresses.rack}/32`],
      datastores: { warehouse: { cidrs: [`${addresses.datastore}/32`], ports: [5432], host: addresses.datastore } },
    },
    values: {
      controlPlane: { autoscaling: { enabled: false }, replicas: 2, resources: { requests: { cpu: "100m" } } },
      dataplanes: { defaults: { resources: { requests: { cpu: "200m" } } } },
    },
  });
