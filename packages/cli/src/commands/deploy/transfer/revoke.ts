/** The operator tries every way in once more, gives up an old place, and signs what came of it. */
import { rm } from "node:fs/promises";
import { userError } from "@touchstone/core/errors";
import type { Finding } from "@touchstone/core/model/finding";
import { unseen } from "@touchstone/core/model/finding";
import { withLock } from "@touchstone/deploy/cluster/lock";
import { signDocument } from "@touchstone/deploy/supply/signature";
import { recordOf } from "@touchstone/deploy/transfer/closing";
import type { TransferDocument } from "@touchstone/deploy/transfer/document";
import { destroy, oldPlaceFindings } from "@touchstone/deploy/transfer/give-up";
import { readCredentials, type OperatorCredentials } from "@touchstone/deploy/transfer/operator-credentials";
import { openAcceptance, openTransfer, requireSame } from "@touchstone/deploy/transfer/papers";
import { clusterRefusals, serviceRefusals, storeRefusal } from "@touchstone/deploy/transfer/refused";
import { tryStore } from "../../../movable-store.ts";
import { reachServer } from "../../../service/session.ts";
import { flag, text, type Terminal, type Values } from "../../command.ts";
import { openDeployment } from "../open-deployment.ts";
import { tellFindings } from "./findings.ts";
import { needed, outputOf, readText, signingKey, trustedKeys, writeSigned, type Action } from "./given.ts";

const ofPlatform = (values: Values, kept: OperatorCredentials, fqdn: string, terminal: Terminal): Promise<Finding[]> => {
  const { clientWith } = reachServer({ ...values, server: text(values, "server") ?? kept.server ?? `https://${fqdn}` }, terminal);
  return serviceRefusals((token) => clientWith(token), kept);
};

/** Every try there is; what the operator has kept nothing for cannot be tried. */
const tries = async (transfer: TransferDocument, kept: OperatorCredentials, values: Values, terminal: Terminal): Promise<Finding[]> => {
  const opened = await openDeployment(values, terminal);
  const kubectl = opened.openKubectl();
  const groups = transfer.groups.filter((group) => !(group in kept.dataplaneTokens));
  const isMove = transfer.shape === "move";
  if (isMove && flag(values, "destroy")) {
    const helm = await opened.openHelm();
    const tell = (line: string): void => void terminal.stderr.write(`${line}\n`);
    await withLock(kubectl, "transfer revoke", terminal.signal, (signal) =>
      destroy({ deployment: opened.deployment, kubectl, helm }, tell, signal),
    ).finally(helm.close);
  }
  return [
    ...(isMove ? await oldPlaceFindings({ deployment: opened.deployment, kubectl }) : await clusterRefusals(kubectl)),
    ...(await ofPlatform(values, kept, opened.deployment.fqdn, terminal)),
    ...groups.map((group) => unseen(`dataplane ${group}`, "the operator has kept no token of it")),
    ...(transfer.audit !== null && Object.keys(kept.apiTokens).length === 0
      ? [unseen("token", "the operator has kept no token of the API")]
      : []),
    ...(isMove ? [] : [storeRefusal(kept.databaseUrl === null ? null : await tryStore(kept.databaseUrl))]),
  ];
};

export const revoke: Action = async (file, values, terminal) => {
  const key = await signingKey(values);
  const trusted = await trustedKeys(values);
  const transfer = openTransfer(await readText(file), file, trusted);
  const keptFile = needed(values, "keep", "--keep", "what export has kept for you to try");
  const kept = await readCredentials(keptFile);
  requireSame(keptFile, "transfer", kept.transfer, transfer.digest);
  const acceptanceFile = text(values, "acceptance");
  const acceptance = acceptanceFile === undefined ? null : openAcceptance(await readText(acceptanceFile), acceptanceFile, trusted);
  if (acceptance !== null) requireSame(acceptanceFile ?? "", "transfer", acceptance.document.transfer, transfer.digest);
  if (flag(values, "destroy") && (acceptance === null || !flag(values, "yes")))
    throw userError("OPTION_INVALID", "--destroy", "it needs --acceptance of the customer and --yes: nothing brings the old place back");
  const findings = await tries(transfer.document, kept, values, terminal);
  tellFindings(findings, values, terminal);
  if (acceptance === null) {
    terminal.stderr.write("nothing is signed: without --acceptance this was only a look\n");
    return findings.some(({ state }) => state === "problem" || state === "unseen") ? 1 : 0;
  }
  const record = recordOf({ transfer, acceptance, findings, now: new Date() });
  const output = outputOf(values, "record.json");
  writeSigned(output, signDocument(record, key));
  await rm(keptFile, { force: true });
  terminal.stderr.write(`${output} is for the customer to sign as well; ${keptFile} is deleted\n`);
  return 0;
};
