/** Access to the cluster by the cloud's own program (here a script of that name), and what stands in it, with the real terraform. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { Deployment } from "../deployment/deployment.ts";
import { terraformPath } from "../terraform/terraform.ts";
import { applyAddons, writeKubeconfig } from "./addons.ts";
import type { InfraSite } from "./infra.ts";
import { Outputs } from "./outputs.ts";
import { codeIs } from "../trial/thrown.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-addons-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A program that writes what it was told into the file that follows `--kubeconfig`, as the cloud's does. */
const program = (name: string, script: string): void => writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
mkdirSync(join(folder, "bin"), { recursive: true });
program("aws", `for last; do :; done; printf 'current-context: %s\\n' "$5" > "$last"`);
program("az", "echo 'please log in' >&2; exit 1");
program("oci", "exit 0");

const lines: string[] = [];
const site: InfraSite = {
  deployment: Deployment.parse({
    version: 1,
    name: "acme",
    model: "platform",
    fqdn: "quality.acme.example",
    cloud: { provider: "aws", region: "eu-central-1", backend: { type: "local" } },
  }),
  folder,
  env: { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`, TF_CLI_CONFIG_FILE: "/dev/null" },
  tell: (line) => lines.push(line),
  signal: new AbortController().signal,
};
const command = (kubeconfig_command: string): Outputs => Outputs.parse({ kubeconfig_command, backup: { bucket: "b", key_ref: "arn:key" } });

test("access is written into a kubeconfig of the deployment", async () => {
  const access = await writeKubeconfig(site, command("aws eks update-kubeconfig --region here --name acme"), "quality");
  assert.deepEqual(access, { kubeconfig: join(folder, "kubeconfig"), context: "--name", namespace: "quality" });
  rmSync(join(folder, "kubeconfig"));
});

const REFUSED: readonly { says: string; why: RegExp }[] = [
  { says: "sh -c whatever", why: /no program of a cloud/ },
  { says: "", why: /no program of a cloud/ },
  { says: "az aks get-credentials", why: /^please log in$/ },
  { says: "oci ce cluster create-kubeconfig", why: /wrote no / },
];
for (const { says, why } of REFUSED)
  test(`no access: ${says}`, async () => assert.rejects(writeKubeconfig(site, command(says), "quality"), codeIs("TOOL_FAILED", why)));

const TEMPLATE = `variable "kubeconfig" {
  type    = string
  default = "~/.kube/config"
}

variable "context" {
  type = string
}

variable "namespace" {
  type = string
}

variable "key_ref" {
  type = string
}

resource "terraform_data" "namespace" {
  input            = var.key_ref
  triggers_replace = var.namespace
}
`;

suite("what stands in the cluster", { skip: terraformPath() === null ? "terraform is not on this machine" : false }, () => {
  const template = join(folder, "template");
  mkdirSync(template);
  writeFileSync(join(template, "main.tf"), TEMPLATE);
  const access = { kubeconfig: "/k", context: "acme", namespace: "quality" };

  test("is made by a root of its own, with what the infrastructure told", async () => {
    await applyAddons(site, command("aws"), access, template);
    assert.ok(lines.includes("in the cluster: 1 to add: terraform_data"), lines.join("\n"));
    assert.match(readFileSync(join(folder, "state", "addons"), "utf8"), /arn:key/);
    await applyAddons(site, command("aws"), access, template);
    assert.ok(lines.includes("in the cluster: nothing to do: everything is as deployment.yaml says"));
  });

  test("is not taken away by the way", async () => {
    const elsewhere = { ...access, namespace: "elsewhere" };
    await assert.rejects(applyAddons(site, command("aws"), elsewhere, template), codeIs("PLAN_DESTRUCTIVE", /terraform_data\.namespace/));
  });
});
