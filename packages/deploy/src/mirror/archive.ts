/** An archive that is carried over an air gap: images byte for byte, the chart, and a list of both with their digests. */
import { readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { userError } from "@touchstone/core/errors";
import { programPath, runProgram } from "../cluster/program.ts";
import { sha256Of } from "../deployment/digest.ts";
import { provenanceFileOf } from "../supply/provenance.ts";
import { IMAGES } from "../chart/values.ts";
import { COMPANION, IMAGE_KEYS } from "./images.ts";

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const Digest = z.string().regex(/^sha256:[a-f0-9]{64}$/);
export const MirrorList = z.strictObject({
  version: z.literal(1),
  images: z
    .array(
      z.strictObject({
        key: z.enum(IMAGE_KEYS),
        repository: z.string(),
        tag: z.string(),
        digest: Digest,
        companions: z.array(z.string().regex(COMPANION)).describe("what of cosign's is in it too, of the image and of its platforms"),
      }),
    )
    .length(IMAGE_KEYS.length)
    // Nobody vouches for an archive: where its images go is not its to say.
    .refine((images) => IMAGE_KEYS.every((key) => images.some((image) => image.key === key)))
    .refine((images) => images.every(({ key, repository }) => repository === IMAGES[key]))
    .refine((images) => images.every(({ tag }) => TAG.test(tag))),
  chart: z.strictObject({
    file: z.string().regex(/^[\w.+-]+\.tgz$/),
    digest: Digest,
    provenance: Digest.optional().describe("of the file with its signature, where it has one"),
  }),
});
export type MirrorList = z.infer<typeof MirrorList>;

export const LIST_FILE = "mirror.json";
export const imageFolder = (folder: string, key: string): string => join(folder, "images", key);
export const chartFolder = (folder: string): string => join(folder, "chart");

const NAMES = `(${IMAGE_KEYS.join("|")})(\\.([a-f0-9]{64}\\.)?(sig|att))?`;
const FILE = String.raw`(?!\.\.?(?:/|$))[\w.-]+`;
/** Everything that an archive of ours holds; another name is not unpacked. */
const EXPECTED = new RegExp(
  String.raw`^\./(mirror\.json|(images|chart|images/${NAMES})/?|images/${NAMES}/${FILE}(/${FILE})?/?|chart/[\w.+-]+\.tgz(\.prov)?)?$`,
);

const tar = async (args: readonly string[], doing: string, signal: AbortSignal): Promise<string> => {
  const { status, stdout, stderr } = await runProgram(programPath("tar", "any"), args, { signal });
  if (signal.aborted) throw userError("ABORTED");
  if (status !== 0) throw userError("TOOL_FAILED", "tar", doing, stderr.trim().split("\n").at(-1) ?? `exit status ${status}`);
  return stdout;
};

export const digestOfFile = async (file: string): Promise<string> => sha256Of(await readFile(file));

export const digestOrNone = (file: string): Promise<string | undefined> => digestOfFile(file).catch(() => undefined);

/** Writes the folder as one file, which appears whole or not at all. */
export const packArchive = async (folder: string, file: string, signal: AbortSignal): Promise<void> => {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    await tar(["-cf", unfinished, "-C", folder, "."], `write ${file}`, signal);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
};

const listIn = (text: string): MirrorList | null => {
  try {
    return MirrorList.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};

/** Unpacks an archive and reads its list. Throws MIRROR_ARCHIVE_INVALID for one that is none of ours, or another than it was. */
export const unpackArchive = async (file: string, folder: string, signal: AbortSignal): Promise<MirrorList> => {
  const names = (await tar(["-tf", file], `read ${file}`, signal)).split("\n").filter((name) => name !== "");
  const strange = names.find((name) => !EXPECTED.test(name));
  if (strange !== undefined) throw userError("MIRROR_ARCHIVE_INVALID", file, `it holds ${strange}, which no archive of touchstone does`);
  await tar(["-xf", file, "-C", folder], `unpack ${file}`, signal);
  const data = listIn(await readFile(join(folder, LIST_FILE), "utf8").catch(() => ""));
  if (data === null)
    throw userError("MIRROR_ARCHIVE_INVALID", file, `${LIST_FILE} is not there, is not of this version, or names other images`);
  const chart = join(chartFolder(folder), data.chart.file);
  const provenance = await digestOrNone(provenanceFileOf(chart));
  if ((await digestOfFile(chart)) !== data.chart.digest || provenance !== data.chart.provenance)
    throw userError("MIRROR_ARCHIVE_INVALID", file, "the chart in it, or its signature, is not the one that was put there");
  return data;
};
