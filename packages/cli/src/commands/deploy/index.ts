/** `touchstone deploy`: one file per verb, in the order in which they are needed. */
import type { Group } from "../command.ts";
import { bundle } from "./bundle.ts";
import { diff } from "./diff.ts";
import { install } from "./install.ts";
import { mirror } from "./mirror.ts";
import { preflight } from "./preflight.ts";
import { render } from "./render.ts";
import { rollback } from "./rollback.ts";
import { schema } from "./schema.ts";
import { status } from "./status.ts";
import { uninstall } from "./uninstall.ts";
import { upgrade } from "./upgrade.ts";
import { verify } from "./verify.ts";

const group: Group = {
  usage: "deploy",
  summary: "put an installation into a cluster or a cloud, and look after it there",
  docs: "Everything is driven by one file, deployment.yaml. Needs helm and kubectl, and terraform where the infrastructure is made too. Exit status 1: something is not as it should be; 2: the command could not do its work.",
  commands: [schema, preflight, render, install, diff, upgrade, rollback, status, verify, bundle, mirror, uninstall],
};
export default group;
