/** The infrastructure of a fleet's deployment, by the real terraform on a template that needs no cloud. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { Deployment } from "../deployment/deployment.ts";
import { openTerraform } from "../infra/terraform.ts";
import { terraformPath } from "../terraform/terraform.ts";
import { writeTemplate } from "../trial/template.ts";
import type { Task } from "./driver.ts";
import { openSiteDriver } from "./site-driver.ts";
import { codeIs } from "../trial/thrown.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-fleet-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const task = (region: string, inputs: Record<string, unknown> = {}): Task => ({
  deployment: Deployment.parse({
    version: 1,
    name: "acme",
    model: "platform",
    fqdn: "quality.acme.example",
    size: "small",
    cloud: { provider: "aws", region, inputs, backend: { type: "local" } },
  }),
  wanted: null,
  backup: null,
  transfer: null,
  folder,
  key: "k",
  tell: () => undefined,
  signal: new AbortController().signal,
});

suite("a fleet by terraform", { skip: terraformPath() === null ? "terraform is not on this machine" : false }, () => {
  const template = writeTemplate(folder);
  const env = { ...process.env, TF_CLI_CONFIG_FILE: "/dev/null" };
  const driver = openSiteDriver(env, undefined, (site) => openTerraform(site, template))({ driver: "terraform", kubeconfig: null });

  test("a cluster that is still to be made is not looked at", async () =>
    assert.deepEqual(await driver.preflight(task("here")), {
      said: "the cluster is still to be made: it is looked at before the installation",
    }));

  test("it is made, found again, and its outputs are kept", async () => {
    assert.equal((await driver.provision(task("here"))).said, "3 to add: 3 terraform_data");
    assert.match((await driver.provision(task("here"))).said, /^nothing to do/);
    assert.equal(JSON.parse(readFileSync(join(folder, "infra", "outputs.json"), "utf8")).cluster_name, "acme");
  });

  test("what would take something away is left to people", async () =>
    assert.rejects(driver.provision(task("there")), codeIs("PLAN_DESTRUCTIVE", /^terraform_data\.network would be taken away/)));

  test("a cluster that nobody can be told how to reach is not gone on with", async () =>
    assert.rejects(driver.configure(task("here")), codeIs("TOOL_FAILED", /name no program of a cloud/)));

  test("it is destroyed when its protection is off, and that is found the next time", async () => {
    await assert.rejects(driver.deprovision(task("here")), codeIs("INFRA_PROTECTED", /deployment\.yaml/));
    const free = task("here", { database: { deletion_protection: false } });
    assert.equal((await driver.deprovision(free)).said, "3 to destroy: 3 terraform_data");
    assert.equal((await driver.deprovision(free)).said, "nothing to do: nothing is there");
  });
});
