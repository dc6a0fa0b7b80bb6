/**
 * Who hands a deployment of a fleet over: the actions of `touchstone deploy transfer`, with what the fleet knows in place of a person's options.
 * Each is loaded when it is called.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { stringify } from "yaml";
import type { Deployment } from "@touchstone/deploy/deployment/deployment";
import type { Hands, OpenHands, Task } from "@touchstone/deploy/fleet/driver";
import { paperOf, writePaper } from "@touchstone/deploy/fleet/handing-over";
import { accessOf, outputsIn } from "@touchstone/deploy/fleet/reach";
import { withOutputs } from "@touchstone/deploy/infra/values";
import { withVersion } from "@touchstone/deploy/release/chart";
import { documentDigest, signedIn } from "@touchstone/deploy/supply/signature";
import type { Terms } from "@touchstone/deploy/fleet/record";
import type { Terminal, Values } from "../command.ts";

/** What is handed over: at the version that runs, with what the infrastructure told. */
const described = ({ deployment, wanted, folder }: Task): Deployment =>
  withOutputs(
    wanted !== null && deployment.release.chart.startsWith("oci://") ? withVersion(deployment, wanted) : deployment,
    outputsIn(folder),
  );

const digestIn = (file: string): string => documentDigest(signedIn(readFileSync(file, "utf8"), file).document);

/** A step of a transfer is begun only once there are terms. */
const termsOf = ({ transfer, deployment }: Task): Terms => {
  if (transfer === null) throw new Error(`${deployment.name} is handed over on no terms`);
  return transfer.terms;
};

/** What a person would type to each of the actions. */
const placeOf = (task: Task, kubeconfig: string | null, given: Values): Values => {
  writePaper(task.folder, "description", stringify(described(task)));
  const { kubeconfig: file } = accessOf(task, kubeconfig);
  const { server, token } = given;
  return { file: paperOf(task.folder, "description"), kubeconfig: file ?? undefined, server, token, key: termsOf(task).key };
};

const handOver = async (task: Task, place: Values, terminal: Terminal): Promise<string> => {
  const { party, operators, domain, state, store, keysFile } = termsOf(task);
  const output = paperOf(task.folder, "transfer");
  const values: Values = {
    ...place,
    party,
    operator: operators,
    operatorDomain: domain ?? undefined,
    state: state ?? undefined,
    store: store ?? undefined,
    keysFile: keysFile ?? undefined,
    keep: paperOf(task.folder, "kept"),
    output,
  };
  const { takeBack } = await import("../deploy/transfer/cancel.ts");
  const { exportTransfer } = await import("../deploy/transfer/export.ts");
  // Those of other terms, or of one that was killed: nobody shall accept what will not be waited for.
  if (existsSync(output)) await takeBack(output, place, terminal);
  await exportTransfer("", values, terminal);
  return digestIn(output);
};

/** The record takes the place of what was kept: who was killed in between finds it there. */
const prove = async (task: Task, place: Values, terminal: Terminal): Promise<string> => {
  const { folder, transfer } = task;
  const [kept, output] = [paperOf(folder, "kept"), paperOf(folder, "record")];
  if (existsSync(kept) || !existsSync(output)) {
    const destroy = transfer?.destroys === true;
    const values = { ...place, trust: [paperOf(folder, "customer")], keep: kept, acceptance: paperOf(folder, "acceptance"), output };
    const { revoke } = await import("../deploy/transfer/revoke.ts");
    await revoke(paperOf(folder, "transfer"), { ...values, destroy, yes: destroy }, terminal);
  }
  return digestIn(output);
};

/** Hands that speak to a terminal, with the server and the token that were given. */
export const handsOf =
  (terminal: Terminal, given: Values): OpenHands =>
  ({ kubeconfig }): Hands => {
    const at = (task: Task) => ({ place: placeOf(task, kubeconfig, given), terminal: { ...terminal, signal: task.signal } });
    return {
      "hand-over": async (task) => {
        const { place, terminal: to } = at(task);
        const document = await handOver(task, place, to);
        return { said: `${paperOf(task.folder, "transfer")} is for the customer: ${document}`, document };
      },
      prove: async (task) => {
        const { place, terminal: to } = at(task);
        return { said: `${paperOf(task.folder, "record")} is for the customer to sign as well: ${await prove(task, place, to)}` };
      },
      "take-back": async (task) => {
        const { place, terminal: to } = at(task);
        const { cancel } = await import("../deploy/transfer/cancel.ts");
        const file = paperOf(task.folder, "transfer");
        // Not of an export that was cut off; one in place has stopped nothing by then.
        const isSigned = existsSync(file);
        if (isSigned || task.transfer?.terms.store !== null) await cancel(isSigned ? file : "", place, to);
        // What is of this transfer is not taken for the next one's.
        for (const paper of ["transfer", "kept"] as const) rmSync(paperOf(task.folder, paper), { force: true });
        return { said: "nobody takes it over any more" };
      },
    };
  };
