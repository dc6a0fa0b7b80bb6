/**
 * A bundle of diagnostics: all that helps somebody else to see what is wrong with a deployment, in one archive that is looked at before
 * it is given away. It goes nowhere by itself. Everything in it passes one redactor, which knows what the namespace's Secrets hold.
 */
import { randomBytes } from "node:crypto";
import { stringify } from "yaml";
import { toErrorInfo } from "@touchstone/core/errors";
import { VERSION } from "../chart/files.ts";
import { digestOfText } from "../deployment/digest.ts";
import type { Manifest } from "../kubernetes/manifest.ts";
import { clusterPieces, describedPieces, helmPieces, listedOf, stopIf, type Ground, type Piece } from "./gather.ts";
import { redactor, secretsNamedIn, type Redactor } from "./redact.ts";
import { DIGEST_KEY_BYTES, isSecret, knownSecrets, secretSummary, type DigestKey } from "./secret-summary.ts";
import { tarball } from "./tarball.ts";

/** Shorter values of variables and settings are words: `PASSWORD_SIGN_IN=enabled`. */
const NAMED_LETTERS_MIN = 8;

export type BundleIndex = {
  version: 1;
  deployment: string;
  namespace: string;
  takenAt: string;
  /** Values of Secrets that were looked for in everything; null where Secrets may not be read. */
  secretsKnown: number | null;
  files: { path: string; bytes: number; sha256: string }[];
  /** What could not be had, and why. */
  missing: { path: string; why: string }[];
};

export type Bundle = { archive: Buffer; index: BundleIndex };

export type BundleOptions = {
  now?: Date;
  key?: DigestKey;
  /** Further looks at the deployment, by the name of the file they are written to. */
  looks?: Readonly<Record<string, () => Promise<unknown>>>;
};

const versionsOf = async ({ kubectl, helm }: Ground): Promise<unknown> => {
  const ofCluster = await kubectl.raw("/version");
  const ofKubectl = await kubectl.run(["version", "--client", "-o", "json"]);
  const ofHelm = "why" in helm ? null : await helm.run(["version", "--short"]);
  return {
    touchstone: VERSION,
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    kubectl: ofKubectl.status === 0 ? JSON.parse(ofKubectl.stdout) : null,
    kubernetes: ofCluster,
    helm: ofHelm?.stdout.trim() ?? null,
  };
};

const lookPieces = async (looks: BundleOptions["looks"] = {}): Promise<Piece[]> => {
  const pieces: Piece[] = [];
  for (const [path, look] of Object.entries(looks))
    pieces.push(
      await look().then(
        (content): Piece => ({ path, content }),
        (thrown: unknown): Piece => ({ path, why: toErrorInfo(thrown).why }),
      ),
    );
  return pieces;
};

/** Secrets as summaries, wherever they stand among objects. */
const summarised = (content: unknown, key: DigestKey): unknown => {
  const one = (object: unknown): unknown => (isManifest(object) && isSecret(object) ? secretSummary(object, key) : object);
  return Array.isArray(content) ? content.map(one) : one(content);
};
const isManifest = (value: unknown): value is Manifest =>
  typeof value === "object" && value !== null && "kind" in value && "metadata" in value;

/** What somebody else may see of a piece. */
const written = (content: unknown, redact: Redactor): string =>
  typeof content === "string" ? redact.text(content) : stringify(redact.value(content), { lineWidth: 0, aliasDuplicateObjects: false });

/** A path is made of names of objects, and no less looked at. Name by name: all of it beside each other, `objects/ReplicaSet/…` with the hash in its name, looks like letters drawn by chance. */
const shownPath = (path: string, redact: Redactor): string =>
  path
    .split("/")
    .map((name) => redact.text(name))
    .join("/");

/** By path, and nothing lost where two names are hidden. */
const shown = (contents: readonly { path: string; content: unknown }[], redact: Redactor): Map<string, string> => {
  const files = new Map<string, string>();
  for (const { path, content } of contents) {
    const name = shownPath(path, redact);
    const [, stem = name, end = ""] = /^(.*?)(\.[a-z]+)?$/.exec(name) ?? [];
    let free = name;
    for (let count = 2; files.has(free); count++) free = `${stem}-${count}${end}`;
    files.set(free, written(content, redact));
  }
  return files;
};

/** Files and index of pieces, redacted. Pure. */
export const packed = (
  pieces: readonly Piece[],
  {
    known,
    key,
    about,
  }: { known: readonly string[] | null; key: DigestKey; about: Pick<BundleIndex, "deployment" | "namespace" | "takenAt"> },
): Bundle => {
  const contents = pieces.flatMap((piece) => ("content" in piece ? [{ path: piece.path, content: summarised(piece.content, key) }] : []));
  const named = contents.flatMap(({ content }) => secretsNamedIn(content)).filter((secret) => secret.length >= NAMED_LETTERS_MIN);
  const redact = redactor([...(known ?? []), ...named]);
  const files = shown(contents, redact);
  const index: BundleIndex = {
    version: 1,
    ...about,
    secretsKnown: known?.length ?? null,
    files: [...files]
      .map(([path, text]) => ({ path, bytes: Buffer.byteLength(text), sha256: digestOfText(text) }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    missing: pieces.flatMap((piece) => ("why" in piece ? [{ path: shownPath(piece.path, redact), why: redact.text(piece.why) }] : [])),
  };
  files.set("index.json", `${JSON.stringify(index, null, 2)}\n`);
  const folder = `touchstone-${about.deployment}`;
  return { archive: tarball(new Map([...files].map(([path, text]) => [`${folder}/${path}`, text]))), index };
};

/** Everything about a deployment that can be had. Throws CLUSTER_UNREACHABLE and ABORTED; what else cannot be had is in the index. */
export const bundle = async (
  ground: Ground,
  { now = new Date(), key = randomBytes(DIGEST_KEY_BYTES), looks }: BundleOptions = {},
): Promise<Bundle> => {
  const { deployment, kubectl } = ground;
  const versions = await versionsOf(ground);
  const secrets = await listedOf(kubectl, "secrets");
  const pieces: Piece[] = [
    { path: "versions.yaml", content: versions },
    { path: "secrets.yaml", ...("why" in secrets ? secrets : { content: secrets.objects }) },
    ...describedPieces(ground),
    ...(await helmPieces(ground)),
    ...(await clusterPieces(ground)),
    ...(await lookPieces(looks)),
  ];
  // What was stopped half way looks as if much were missing.
  stopIf(ground.signal);
  return packed(pieces, {
    known: "why" in secrets ? null : knownSecrets(secrets.objects),
    key,
    about: { deployment: deployment.name, namespace: kubectl.access.namespace, takenAt: now.toISOString() },
  });
};
