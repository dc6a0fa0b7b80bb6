/** Which helm is taken: versions that the life of a release is tried with, and what comes after them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { codeIs } from "../trial/thrown.ts";
import { openHelm } from "./helm.ts";

const folder = mkdtempSync(join(tmpdir(), "touchstone-helm-versions-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What stands for a helm and says this. */
const saying = (said: string): NodeJS.ProcessEnv => {
  const file = join(folder, "helm");
  writeFileSync(file, `#!/bin/sh\necho '${said}'\n`, { mode: 0o755 });
  return { PATH: process.env["PATH"], HELM: file };
};
const open = (said: string) => openHelm({ kubeconfig: null, context: null, namespace: "quality" }, saying(said));

const TAKEN: readonly [string, number][] = [
  ["v3.17.0", 3],
  ["v3.17.3+ge4da497", 3],
  ["v3.20.1", 3],
  ["v4.0.0", 4],
  ["v4.1.4-rc.1", 4],
];
const REFUSED: readonly [string, "TOOL_OLD" | "TOOL_FAILED", RegExp][] = [
  ["v3.16.4", "TOOL_OLD", /^it is version 3\.16\.4, and 3\.17 or newer, or 4 is needed$/],
  ["v2.17.0", "TOOL_OLD", /2\.17\.0/],
  ["helm", "TOOL_FAILED", /helm/],
];

suite("a helm", { skip: process.platform === "win32" }, () => {
  for (const [said, major] of TAKEN)
    test(`that says ${said} is taken`, async () => {
      const helm = await open(said);
      await helm.close();
      assert.equal(helm.major, major);
    });
  for (const [said, code, why] of REFUSED) test(`that says ${said}: ${code}`, () => assert.rejects(open(said), codeIs(code, why)));

  test("keeps releases in Secrets, whatever whoever asks has set for others", async () => {
    const env = saying("v4.1.4");
    writeFileSync(join(folder, "helm"), '#!/bin/sh\necho "v4.1.4 $HELM_DRIVER"\n', { mode: 0o755 });
    const helm = await openHelm({ kubeconfig: null, context: null, namespace: "quality" }, { ...env, HELM_DRIVER: "configmap" });
    const { stdout } = await helm.run(["version"]);
    await helm.close();
    assert.equal(stdout.trim(), "v4.1.4 secret");
  });
});
