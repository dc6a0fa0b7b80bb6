/** The customer looks at what is handed over, and gets the files to go on with. The document is somebody else's: what it says is shown as plain text. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { userError } from "@touchstone/core/errors";
import { customersDeployment, customersValues, handedOverDeployment, leftOut } from "@touchstone/deploy/transfer/customers-deployment";
import type { TransferDocument } from "@touchstone/deploy/transfer/document";
import { openTransfer } from "@touchstone/deploy/transfer/papers";
import { counted, plain } from "../../../formats/words.ts";
import { writeWhole } from "../../../whole-file.ts";
import { flag } from "../../command.ts";
import { outputOf, needed, readText, trustedKeys, type Action } from "./given.ts";

/** What is in it, a line each. */
const contentLines = (document: TransferDocument, digest: string, deployment: string): string[] => {
  const { release, accesses, credentials, dns, audit, operator, shape, madeAt } = document;
  return [
    digest,
    `${operator.name} hands over ${deployment}, ${shape}, as of ${madeAt}`,
    `${release.chart}, revision ${release.revision}, ${counted(release.images.length, "image")}`,
    ...dns.map(({ name, type, value }) => `${name}  ${type}  ${value || "(no address yet)"}`),
    `audit log: ${audit === null ? "not told" : `${counted(audit.entries, "record")}, ends with ${audit.head}`}`,
    ...accesses.map(
      ({ kind, name, who, grants, operators }) => `${operators ? "operator's" : "yours?    "}  ${kind} ${name}: ${who} (${grants})`,
    ),
    ...credentials.map(({ name, rotatedBy, how }) => `${rotatedBy === "command" ? "by accept " : "by you    "}  ${name}: ${how}`),
  ].map(plain);
};

/** What is there of a file: null where nothing is, or nothing that can be read. */
const contentOf = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
};

const filesOf = ({ deployment, release, infrastructure, shape }: TransferDocument, party: string): Record<string, string> => ({
  "deployment.yaml": stringify(customersDeployment(deployment, party, shape)),
  "values.yaml": stringify(customersValues(release.values, shape)),
  ...(infrastructure === null || infrastructure.imports === ""
    ? {}
    : { "imports.tf": infrastructure.imports, "removed.tf": infrastructure.removed }),
});

/** Writes the files, or none: what somebody has changed since is not written over. Throws UNPACKED_OTHERWISE. */
const writeFiles = (folder: string, files: Readonly<Record<string, string>>, isForced: boolean): string[] => {
  const given = Object.entries(files).map(([name, contents]) => ({
    path: join(folder, name),
    contents,
    there: contentOf(join(folder, name)),
  }));
  const edited = given.filter(({ contents, there }) => there !== null && there !== contents).map(({ path }) => path);
  if (edited.length > 0 && !isForced) throw userError("UNPACKED_OTHERWISE", edited.join(", "));
  mkdirSync(folder, { recursive: true });
  for (const { path, contents, there } of given) if (there !== contents) writeWhole(path, [contents]);
  return given.map(({ path }) => path);
};

export const unpack: Action = async (file, values, { stdout }) => {
  const { document, digest } = openTransfer(await readText(file), file, await trustedKeys(values));
  const party = needed(values, "party", "--party", "whose deployment it is from now on");
  const { name } = handedOverDeployment(document.deployment);
  const missing = leftOut(document.deployment, document.shape);
  const written = writeFiles(outputOf(values, name), filesOf(document, party), flag(values, "force"));
  stdout.write(
    flag(values, "json")
      ? `${JSON.stringify({ digest, name, files: written, leftOut: missing, document }, null, 2)}\n`
      : [...contentLines(document, digest, name), ...missing.map((line) => plain(`left out:   ${line}`)), written.join(", ")]
          .map((line) => `${line}\n`)
          .join(""),
  );
  return 0;
};
