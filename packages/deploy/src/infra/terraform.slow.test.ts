/** The whole life of an infrastructure with the real terraform, on a template that needs no cloud; killed, stopped and changed meanwhile. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { after, suite, test } from "node:test";
import { Deployment } from "../deployment/deployment.ts";
import { terraformPath } from "../terraform/terraform.ts";
import { writeTemplate } from "../trial/template.ts";
import { planText } from "./changes.ts";
import type { InfraDriver, InfraSite } from "./infra.ts";
import { openTerraform } from "./terraform.ts";
import { codeIs } from "../trial/thrown.ts";

const absent = terraformPath() === null ? "terraform is not on this machine" : false;

type Inputs = Record<string, unknown>;
const deployment = (inputs: Inputs = {}, region = "here"): Deployment =>
  Deployment.parse({
    version: 1,
    name: "acme",
    model: "platform",
    fqdn: "quality.acme.example",
    size: "small",
    cloud: { provider: "aws", region, inputs, backend: { type: "local" } },
  });

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

type Trial = { folder: string; lines: string[]; open: (of: Deployment, more?: Partial<InfraSite>) => InfraDriver; made: () => number };
const trial = (): Trial => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-infra-"));
  folders.push(folder);
  const template = writeTemplate(folder);
  const lines: string[] = [];
  const env = { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null" };
  return {
    folder,
    lines,
    open: (of, more) =>
      openTerraform(
        {
          deployment: of,
          folder: join(folder, "private"),
          env,
          tell: (line) => lines.push(line),
          signal: new AbortController().signal,
          ...more,
        },
        template,
      ),
    made: () => readFileSync(join(folder, "private", "infra", "made.log"), "utf8").split("\n").length - 1,
  };
};
const until = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 200 && !holds(); i++) await sleep(50);
  assert.ok(holds());
};

suite("infrastructure by terraform", { skip: absent }, () => {
  test("planned, applied, changed and destroyed", async () => {
    const { folder, lines, open } = trial();
    const driver = open(deployment());
    assert.equal(await driver.outputs(), null);
    const plan = await driver.plan();
    assert.equal(planText(plan), "3 to add: 3 terraform_data\n");
    assert.deepEqual(await open(deployment()).planned(), plan, "another process finds it");
    const outputs = await open(deployment()).apply(plan.id);
    assert.equal(outputs.cluster_name, "acme");
    assert.ok(
      lines.some((line) => line.startsWith("terraform_data.network: Creation complete")),
      lines.join("\n"),
    );
    assert.deepEqual(await driver.outputs(), outputs);
    assert.match((await driver.exportState()) ?? "", /"lineage"/);
    assert.equal(planText(await driver.plan()), "nothing to do: everything is as deployment.yaml says\n");

    const bigger = open({ ...deployment({}, "there"), size: "large" });
    assert.equal(planText(await bigger.plan()), "1 to change: terraform_data\n1 to replace: terraform_data\n");

    await assert.rejects(driver.plan("destroy"), codeIs("INFRA_PROTECTED", /deployment\.yaml/));
    const free = open(deployment({ database: { deletion_protection: false } }));
    const end = await free.plan("destroy");
    assert.equal(planText(end), "3 to destroy: 3 terraform_data\n");
    await assert.rejects(free.apply(end.id), codeIs("PLAN_MISSING", /./), "a plan to destroy is not applied by mistake");
    await free.destroy(end.id);
    assert.equal(await free.outputs(), null);
    assert.equal(statSync(join(folder, "private")).mode & 0o077, 0, "nobody else reads the state");
  });

  test("only the plan that was shown is carried out, once", async () => {
    const { folder, open } = trial();
    await assert.rejects(open(deployment()).apply("none"), codeIs("PLAN_MISSING", /./));
    const plan = await open(deployment()).plan();
    await assert.rejects(open(deployment()).apply("another"), codeIs("PLAN_MISSING", /./));
    await assert.rejects(open({ ...deployment(), size: "large" }).apply(plan.id), codeIs("PLAN_STALE", /^deployment\.yaml changed/));
    const elsewhere = deployment();
    Object.assign(elsewhere.cloud?.backend?.config ?? {}, { path: join(folder, "elsewhere") });
    await assert.rejects(open(elsewhere).apply(plan.id), codeIs("PLAN_STALE", /^the place of the state changed/));
    appendFileSync(join(folder, "template", "main.tf"), "\n");
    await assert.rejects(open(deployment()).apply(plan.id), codeIs("PLAN_STALE", /^the template changed/));
    const again = await open(deployment()).plan();
    appendFileSync(join(folder, "private", "infra", "plan.tfplan"), "x");
    await assert.rejects(open(deployment()).apply(again.id), codeIs("PLAN_STALE", /^the file of the plan changed/));
    const last = await open(deployment()).plan();
    await open(deployment()).apply(last.id);
    await assert.rejects(open(deployment()).apply(last.id), codeIs("PLAN_MISSING", /./));
  });

  test("what goes wrong is told in terraform's words, and gone on with", async () => {
    const { open } = trial();
    await assert.rejects(open(deployment({ fails: true })).plan(), codeIs("TOOL_FAILED", /the quota of names is reached/));
    await assert.rejects(open(deployment({ dns: { fqdn: { not: "text" } } })).plan(), codeIs("TOOL_FAILED", /dns/));
    const breaking = open(deployment({ breaks: true }));
    const { id } = await breaking.plan();
    await assert.rejects(breaking.apply(id), codeIs("PLAN_BROKEN_OFF", /exit status 1/));
    await assert.rejects(breaking.apply(id), codeIs("PLAN_MISSING", /carried out already/));
    const plan = await open(deployment()).plan();
    assert.equal(planText(plan), "1 to add: terraform_data\n1 to replace: terraform_data\n", "what was made before it stays");
    await open(deployment()).apply(plan.id);
  });

  test("Ctrl-C: terraform stops in good order, says so, and the next run goes on", async () => {
    const { lines, open, made } = trial();
    const slow = deployment({ seconds: 1 });
    const interruption = new AbortController();
    const driver = open(slow, {
      signal: interruption.signal,
      tell: (line) => {
        lines.push(line);
        if (/cluster: Creating/.test(line)) interruption.abort();
      },
    });
    const plan = await driver.plan();
    await assert.rejects(driver.apply(plan.id), codeIs("ABORTED", /./));
    assert.ok(lines.some((line) => line.startsWith("terraform was asked to stop")));
    const next = await open(slow).plan();
    const rest = "1 to add: terraform_data\n1 to replace: terraform_data\n";
    assert.equal(planText(next), rest, "what was there stays, what was cut off is made anew, what came after was not begun");
    await open(slow).apply(next.id);
    assert.equal(made(), 2);
  });

  test("killed: terraform comes to its end without us, and nothing is made twice", async () => {
    const { folder, open, made } = trial();
    const slow = deployment({ seconds: 2 });
    const plan = await open(slow).plan();
    const child = fork(join(import.meta.dirname, "..", "trial", "apply-infra.ts"), [folder, plan.id, JSON.stringify(slow)], {
      stdio: "ignore",
    });
    await until(() => existsSync(join(folder, "private", "infra", "made.log")));
    child.kill("SIGKILL");
    await once(child, "exit");
    const next = await open(slow).plan();
    assert.equal(planText(next), "nothing to do: everything is as deployment.yaml says\n");
    assert.equal(made(), 1);
    assert.equal((await open(slow).outputs())?.cluster_name, "acme");
  });
});
