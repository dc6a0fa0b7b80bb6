/** `touchstone deploy`: one file per verb, in the order in which they are needed. */
import type { Group } from "../command.ts";
import { bundle } from "./bundle.ts";
import { mirror } from "./mirror.ts";
import { render } from "./render.ts";
import { schema } from "./schema.ts";

const group: Group = {
  usage: "deploy",
  summary: "put an installation into a cluster or a cloud, and look after it there",
  docs: "Everything is driven by one file, deployment.yaml. Needs helm and kubectl, and terraform where the infrastructure is made too. Exit status 1: something is not as it should be; 2: the command could not do its work.",
  commands: [schema, render, bundle, mirror],
};
export default group;
