/** Anybody who has the public keys reads a document of a transfer and hears whether it is whole and who has signed it. */
import { ok, type Finding } from "@touchstone/core/model/finding";
import { recordFindings } from "@touchstone/deploy/transfer/closing";
import { kindIn, openAcceptance, openRecord, openTransfer } from "@touchstone/deploy/transfer/papers";
import { tellFindings } from "./findings.ts";
import { readText, trustedKeys, type Action } from "./given.ts";

export const verify: Action = async (file, values, terminal) => {
  const [contents, trusted] = [await readText(file), await trustedKeys(values)];
  const findingsOf = (): Finding[] => {
    switch (kindIn(contents, file)) {
      case "transfer": {
        const { document, digest } = openTransfer(contents, file, trusted);
        return [ok("transfer", `${digest}: signed by ${document.operator.name}, ${document.operator.keyId}`)];
      }
      case "acceptance": {
        const { document } = openAcceptance(contents, file, trusted);
        return [ok("acceptance", `of ${document.transfer}: signed by ${document.customer.name}, ${document.customer.keyId}`)];
      }
      case "record":
        return recordFindings(openRecord(contents, file, trusted).document);
    }
  };
  return tellFindings(findingsOf(), values, terminal) ? 1 : 0;
};
