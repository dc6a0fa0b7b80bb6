/** The customer looks at what is handed over, and gets the files to go on with. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { customersDeployment } from "@touchstone/deploy/transfer/customers-deployment";
import { openTransfer } from "@touchstone/deploy/transfer/papers";
import { counted } from "../../../formats/words.ts";
import { writeWhole } from "../../../whole-file.ts";
import { outputOf, needed, readText, trustedKeys, type Action } from "./given.ts";

export const unpack: Action = async (file, values, { stdout }) => {
  const { document, digest } = openTransfer(await readText(file), file, await trustedKeys(values));
  const party = needed(values, "party", "--party", "whose deployment it is from now on");
  const folder = outputOf(values, document.deployment["name"] === undefined ? "transfer" : String(document.deployment["name"]));
  mkdirSync(folder, { recursive: true });
  const files: Record<string, string> = {
    "deployment.yaml": stringify(customersDeployment(document.deployment, party)),
    "values.yaml": stringify(document.release.values),
    ...(document.infrastructure === null || document.infrastructure.imports === ""
      ? {}
      : { "imports.tf": document.infrastructure.imports, "removed.tf": document.infrastructure.removed }),
  };
  for (const [name, contents] of Object.entries(files)) writeWhole(join(folder, name), [contents]);
  const { release, accesses, credentials, dns, audit } = document;
  stdout.write(
    `${digest}\n${document.operator.name} hands over ${String(document.deployment["name"])}, ${document.shape}, as of ${document.madeAt}\n`,
  );
  stdout.write(`${release.chart}, revision ${release.revision}, ${counted(release.images.length, "image")}\n`);
  for (const { name, type, value } of dns) stdout.write(`${name}  ${type}  ${value || "(no address yet)"}\n`);
  stdout.write(`audit log: ${audit === null ? "not told" : `${counted(audit.entries, "record")}, ends with ${audit.head}`}\n`);
  for (const { kind, name, who, grants, operators } of accesses)
    stdout.write(`${operators ? "operator's" : "yours?    "}  ${kind} ${name}: ${who} (${grants})\n`);
  for (const { name, rotatedBy, how } of credentials)
    stdout.write(`${rotatedBy === "command" ? "by accept " : "by you    "}  ${name}: ${how}\n`);
  stdout.write(
    `${Object.keys(files)
      .map((name) => join(folder, name))
      .join(", ")}\n`,
  );
  return 0;
};
