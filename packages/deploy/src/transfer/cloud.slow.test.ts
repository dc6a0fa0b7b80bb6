/** The cloud's part of a takeover: a state goes from one backend to another by the real terraform; what a plan may do is judged. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { toErrorInfo } from "@touchstone/core/errors";
import type { Change, InfraDriver } from "../infra/infra.ts";
import { Outputs } from "../infra/outputs.ts";
import { terraformPath } from "../terraform/terraform.ts";
import { principalsStep, stateStep } from "./cloud.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-cloud-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const RESOURCE = {
  mode: "managed",
  type: "terraform_data",
  name: "this",
  provider: 'provider["terraform.io/builtin/terraform"]',
  instances: [{ schema_version: 0, attributes: { id: "1", input: null, output: null, triggers_replace: null } }],
};
const stateOf = (serial: number, lineage = "11111111-2222-3333-4444-555555555555"): string =>
  JSON.stringify({ version: 4, terraform_version: "1.11.0", serial, lineage, outputs: {}, resources: [RESOURCE], check_results: null });

suite("a state", { skip: terraformPath() === null ? "there is no terraform here" : false }, () => {
  const path = join(folder, "there", "terraform.tfstate");
  // What a person's own use of terraform has left in the environment means nothing here.
  const env = { ...process.env, TF_WORKSPACE: "another", TF_DATA_DIR: "/nowhere" };
  const signal = new AbortController().signal;
  const step = (state: string) => stateStep({ type: "local", config: { path } }, state, { env, signal }).run();

  test("goes to another backend, once", async () => {
    assert.match(await step(stateOf(7)), /serial 7/);
    assert.equal(JSON.parse(readFileSync(path, "utf8")).serial, 7);
    assert.equal(await step(stateOf(7)), "it was there");
    assert.equal(await step(stateOf(6)), "it was there", "an older one does not come over it");
  });
  test("does not come over another's", async () => {
    await assert.rejects(step(stateOf(9, "99999999-2222-3333-4444-555555555555")), (thrown) => toErrorInfo(thrown).code === "TOOL_FAILED");
    assert.equal(JSON.parse(readFileSync(path, "utf8")).serial, 7);
  });
  test("is one, or is refused", async () => {
    await assert.rejects(step("hello"), (thrown) => toErrorInfo(thrown).code === "STATE_UNUSABLE");
    assert.ok(existsSync(path));
  });
});

const change = (action: Change["action"], holdsData: boolean): Change => ({
  action,
  kind: "aws_thing",
  address: "module.a.aws_thing.b",
  holdsData,
});
const CASES: { name: string; changes: Change[]; ends: "applied" | "nothing" | "refused" }[] = [
  { name: "access goes", changes: [change("destroy", false), change("change", true)], ends: "applied" },
  { name: "nothing to do", changes: [], ends: "nothing" },
  { name: "the store would go", changes: [change("change", false), change("destroy", true)], ends: "refused" },
  { name: "the store would be made anew", changes: [change("replace", true)], ends: "refused" },
];
for (const { name, changes, ends } of CASES)
  test(`a plan in which ${name}`, async () => {
    const applied: string[] = [];
    const driver: InfraDriver = {
      name: "of this test",
      plan: async () => ({ id: "the plan", purpose: "apply", changes, isProtected: [] }),
      planned: async () => null,
      apply: async (id) => (applied.push(id), Outputs.parse({})),
      destroy: async () => undefined,
      outputs: async () => null,
      exportState: async () => null,
    };
    const ran = principalsStep(
      () => driver,
      () => undefined,
    ).run();
    if (ends === "refused") await assert.rejects(ran, (thrown) => toErrorInfo(thrown).code === "TRANSFER_NOT_POSSIBLE");
    else await ran;
    assert.deepEqual(applied, ends === "applied" ? ["the plan"] : []);
  });
