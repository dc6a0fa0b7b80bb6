import { userError } from "@touchstone/core/errors";
import type { Kubectl } from "@touchstone/deploy/cluster/kubectl";
import { lockHolder } from "@touchstone/deploy/cluster/lock";
import { PERMIT_NAME, permitOf } from "@touchstone/deploy/updater/permit";
import { forgiven } from "@touchstone/deploy/updater/record";
import { readUpdaterRecord, updaterState, writeUpdaterRecord } from "@touchstone/deploy/updater/keeping";
import { updaterText } from "../../formats/updater-text.ts";
import { list, text, type Command, type Terminal, type Values } from "../command.ts";
import { readGivenText } from "./given-file.ts";
import { DEPLOYMENT_OPTIONS, openDeployment, type Opened } from "./open-deployment.ts";
import { answerJson } from "./open-site.ts";

const KEYS = "--keys";

type Action = ({ kubectl, opened }: { kubectl: Kubectl; opened: Opened }, values: Values, terminal: Terminal) => Promise<void>;

const allow: Action = async ({ kubectl, opened: { file, deployment } }, values, terminal) => {
  const files = list(values, "keys");
  if (files.length === 0) throw userError("OPTION_INVALID", KEYS, "it names the public keys of who publishes: at least one");
  const [description = "", ...keys] = await Promise.all([file, ...files].map(readGivenText));
  const { object, permit } = permitOf({ text: description, values: deployment.values, keysPem: keys.join("\n") }, file);
  await kubectl.apply(object);
  const ids = permit.keys.map(({ id }) => id);
  if (answerJson(values, terminal, { allowed: true, keys: ids })) return;
  terminal.stdout.write(
    `allowed: releases of the channel ${permit.deployment.channel}, signed by ${ids.join(" or ")}\nkubectl -n ${kubectl.access.namespace} delete configmap ${PERMIT_NAME}   pauses it\n`,
  );
};

const pause: Action = async ({ kubectl }, values, terminal) => {
  await kubectl.remove("configmap", PERMIT_NAME);
  if (!answerJson(values, terminal, { allowed: false })) terminal.stdout.write("paused: nothing is upgraded until it is allowed again\n");
};

const retry: Action = async ({ kubectl }, values, terminal) => {
  const holder = await lockHolder(kubectl);
  if (holder !== null) throw userError("DEPLOY_LOCKED", kubectl.access.namespace, holder.holder, holder.until.toISOString());
  const record = await readUpdaterRecord(kubectl);
  const next = forgiven(record, text(values, "release") ?? null);
  const products = record.failed.filter((one) => !next.failed.includes(one)).map(({ product }) => product);
  await writeUpdaterRecord(kubectl, next);
  if (!answerJson(values, terminal, { may_be_tried: products }))
    terminal.stdout.write(products.length === 0 ? "nothing was held back\n" : `may be tried again: ${products.join(", ")}\n`);
};

const show: Action = async ({ kubectl }, values, terminal) => {
  const state = await updaterState(kubectl);
  if (!answerJson(values, terminal, state)) terminal.stdout.write(updaterText(state));
};

const ACTIONS: Readonly<Record<string, Action>> = { show, allow, pause, retry };

export const updater: Command = {
  usage: "updater <action>",
  summary: "allow, pause and watch pushed upgrades: show, allow, pause, retry",
  docs:
    "Where deployment.yaml asks for it (upgrades, updater.pointer), an updater in the cluster pulls signed releases of its channel. `allow` gives it deployment.yaml and the public keys that count, as one ConfigMap; `pause` takes that away; " +
    "`show` tells what it saw and did last; `retry` lets a version that failed be tried again. docs/deploy-pushed-upgrades.md.",
  options: [
    ...DEPLOYMENT_OPTIONS,
    { flags: `${KEYS} <file>`, docs: "allow: public keys of those whose releases are installed (repeatable)", repeatable: true },
    { flags: "--release <version>", docs: "retry: only this version; every one that failed where nothing is said" },
    { flags: "--json", docs: "the answer as JSON" },
  ],
  examples: [
    "touchstone deploy updater allow --keys touchstone.pub.pem",
    "touchstone deploy updater show",
    "touchstone deploy updater pause",
  ],
  run: async ([name = ""], values, terminal) => {
    const action = ACTIONS[name];
    if (action === undefined) throw userError("OPTION_INVALID", name, `it is one of ${Object.keys(ACTIONS).join(", ")}`);
    const opened = await openDeployment(values, terminal);
    await action({ kubectl: opened.openKubectl(), opened }, values, terminal);
    return 0;
  },
};
