/**
 * Whether a chart is as its publisher has signed it: Helm's provenance file beside the archive (`touchstone-1.4.0.tgz.prov`), a text with
 * an OpenPGP signature, which helm itself writes and verifies. Whose signature counts, a deployment says (`release.signers`).
 * docs/decisions/0029; https://helm.sh/docs/topics/provenance/
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { userError } from "@touchstone/core/errors";
import { helmReason, type Helm } from "../cluster/helm.ts";

/** Where helm looks for it. */
export const provenanceFileOf = (archive: string): string => `${archive}.prov`;

/** Headers, an empty line, base64, and a checksum that may be missing: https://www.rfc-editor.org/rfc/rfc9580#section-6.2 */
const BLOCK =
  /-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n]+\r?\n)*?\s*\r?\n([A-Za-z0-9+/=\s]+?)(?:\r?\n=[A-Za-z0-9+/]{4}\s*)?-----END PGP PUBLIC KEY BLOCK-----/g;

/** Public keys as helm takes them: their bytes, one after the other. Null for a text that holds none. */
export const keyringOf = (armored: string): Buffer | null => {
  const blocks = [...armored.matchAll(BLOCK)].map(([, base64 = ""]) => Buffer.from(base64, "base64"));
  return blocks.length === 0 || blocks.some(({ length }) => length === 0) ? null : Buffer.concat(blocks);
};

/** The digest that a provenance names for an archive of this name, verified by nobody; null where it names none. */
export const statedDigest = (provenance: string, name: string): string | null => {
  // Two documents of YAML within the signed text: what Chart.yaml says, and after a line of dots the files.
  const [, files = ""] = /^\.\.\.\r?\n(files:[\s\S]*?)\r?\n-----BEGIN PGP SIGNATURE-----/m.exec(provenance) ?? [];
  try {
    const digest: unknown = Reflect.get(Object(Reflect.get(Object(parse(files)), "files")), name);
    return typeof digest === "string" ? digest : null;
  } catch {
    return null;
  }
};

const textOrNull = (file: string): Promise<string | null> => readFile(file, "utf8").catch(() => null);

/** Throws PROVENANCE_OTHERWISE where a provenance lies beside an archive and is of another: it was packed again after it was signed. */
export const checkProvenanceBeside = async (archive: string, digest: string): Promise<void> => {
  const provenance = await textOrNull(provenanceFileOf(archive));
  const stated = provenance === null ? null : statedDigest(provenance, basename(archive));
  if (provenance !== null && stated !== digest)
    throw userError("PROVENANCE_OTHERWISE", provenanceFileOf(archive), stated ?? "none", digest);
};

/** Who has signed, as helm tells it: name and fingerprint. */
const signerIn = (said: string): string => {
  const [, name = "somebody"] = /^Signed by: ?(.+)$/m.exec(said) ?? [];
  const [, print = "?"] = /^Using Key With Fingerprint: ?(\S+)$/m.exec(said) ?? [];
  return `${name}, ${print}`;
};

/**
 * Who has signed an archive, one of those whose keys these are. Throws CHART_UNSIGNED where no provenance lies beside it, CHART_UNVERIFIED
 * where that is another's, or the archive another one. `name` is what errors call it.
 */
export const verifyChart = async (helm: Pick<Helm, "run">, archive: string, signers: string, name = archive): Promise<string> => {
  if ((await textOrNull(provenanceFileOf(archive))) === null) throw userError("CHART_UNSIGNED", name, "no provenance file came with it");
  const keys = keyringOf(signers);
  if (keys === null) throw userError("KEY_INVALID", "release.signers", "it holds no public key of OpenPGP in ASCII armor");
  const folder = await mkdtemp(join(tmpdir(), "touchstone-signers-"));
  try {
    const keyring = join(folder, "signers.gpg");
    await writeFile(keyring, keys);
    const ended = await helm.run(["verify", archive, "--keyring", keyring]);
    if (ended.status !== 0) throw userError("CHART_UNVERIFIED", name, helmReason(ended));
    return signerIn(ended.stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
