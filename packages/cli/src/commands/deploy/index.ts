/** `touchstone deploy`: one file per verb, in the order in which they are needed. */
import type { Group } from "../command.ts";
import { advise } from "./advise.ts";
import { bundle } from "./bundle.ts";
import { diff } from "./diff.ts";
import { infra } from "./infra.ts";
import { init } from "./init.ts";
import { install } from "./install.ts";
import { keys } from "./keys.ts";
import { mirror } from "./mirror.ts";
import { preflight } from "./preflight.ts";
import { release } from "./release.ts";
import { render } from "./render.ts";
import { rollback } from "./rollback.ts";
import { schema } from "./schema.ts";
import { status } from "./status.ts";
import { transfer } from "./transfer.ts";
import { uninstall } from "./uninstall.ts";
import { updateOnce } from "./update-once.ts";
import { updater } from "./updater.ts";
import { upgrade } from "./upgrade.ts";
import { verify } from "./verify.ts";

const running = [diff, upgrade, rollback, status, verify, bundle, updater, updateOnce, transfer, uninstall];
const others = [schema, infra, preflight, render, mirror, install, ...running, keys, release];
const verbs = ["init", ...others.map(({ usage }) => usage.split(" ", 1)[0] ?? usage)];

const group: Group = {
  usage: "deploy",
  summary: "put an installation into a cluster or a cloud, and look after it there",
  docs: "Everything is driven by one file, deployment.yaml. Needs helm and kubectl, and terraform where the infrastructure is made too. Exit status 1: something is not as it should be; 2: the command could not do its work.",
  commands: [advise(verbs), init(verbs), ...others],
};
export default group;
