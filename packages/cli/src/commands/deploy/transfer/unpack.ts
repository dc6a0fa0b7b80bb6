/** The customer looks at what is handed over, and gets the files to go on with. The document is somebody else's: what it says is shown as plain text. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { customersDeployment, handedOverDeployment } from "@touchstone/deploy/transfer/customers-deployment";
import type { TransferDocument } from "@touchstone/deploy/transfer/document";
import { openTransfer } from "@touchstone/deploy/transfer/papers";
import { counted, plain } from "../../../formats/words.ts";
import { writeWhole } from "../../../whole-file.ts";
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

export const unpack: Action = async (file, values, { stdout }) => {
  const { document, digest } = openTransfer(await readText(file), file, await trustedKeys(values));
  const party = needed(values, "party", "--party", "whose deployment it is from now on");
  const { name } = handedOverDeployment(document.deployment);
  const folder = outputOf(values, name);
  mkdirSync(folder, { recursive: true });
  const files: Record<string, string> = {
    "deployment.yaml": stringify(customersDeployment(document.deployment, party)),
    "values.yaml": stringify(document.release.values),
    ...(document.infrastructure === null || document.infrastructure.imports === ""
      ? {}
      : { "imports.tf": document.infrastructure.imports, "removed.tf": document.infrastructure.removed }),
  };
  for (const [path, contents] of Object.entries(files)) writeWhole(join(folder, path), [contents]);
  const written = Object.keys(files).map((path) => join(folder, path));
  stdout.write([...contentLines(document, digest, name), written.join(", ")].map((line) => `${line}\n`).join(""));
  return 0;
};
