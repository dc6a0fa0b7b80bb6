/** The customer looks from inside whether the operator is out, and signs the record as well. */
import { coSign } from "@touchstone/deploy/supply/signature";
import { operatorIn } from "@touchstone/deploy/transfer/accept";
import { clusterWays } from "@touchstone/deploy/transfer/bindings";
import { auditFinding, waysLeft } from "@touchstone/deploy/transfer/closing";
import { openProof, openTransfer, requireSame } from "@touchstone/deploy/transfer/papers";
import { auditHolds, serviceAccesses } from "@touchstone/deploy/transfer/service";
import { openSession } from "../../../service/session.ts";
import { openDeployment } from "../open-deployment.ts";
import { tellFindings } from "./findings.ts";
import { needed, readText, signingKey, trustedKeys, writeSigned, type Action } from "./given.ts";

export const close: Action = async (file, values, terminal) => {
  const key = await signingKey(values);
  const trusted = await trustedKeys(values);
  const record = openProof(await readText(file), file, trusted);
  const transferFile = needed(values, "transfer", "--transfer", "the transfer that the record is of");
  const transfer = openTransfer(await readText(transferFile), transferFile, trusted);
  requireSame(file, "transfer", record.document.transfer, transfer.digest);
  requireSame(file, "customer", key.id, record.document.customer.keyId);
  const operator = operatorIn(transfer.document);
  const { openKubectl } = await openDeployment(values, terminal);
  const client = openSession(values, terminal);
  const findings = [
    ...waysLeft("cluster", (await clusterWays(openKubectl(), operator)).accesses),
    ...waysLeft("platform", await serviceAccesses(client, operator, new Date())),
    auditFinding(record.document.audit === null ? null : await auditHolds(client, record.document.audit)),
  ];
  if (tellFindings(findings, values, terminal)) return 1;
  writeSigned(file, coSign(record.signed, key));
  terminal.stderr.write(`${file} is signed by both\n`);
  return 0;
};
