/** What is done before helm's rollback, and what is not: by a helm that only says what its Secrets say. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { stringify } from "yaml";
import type { Helm, Revision } from "../cluster/helm.ts";
import { Deployment } from "../deployment/deployment.ts";
import { manifestsOf, titleOf, type Manifest } from "../kubernetes/manifest.ts";
import { kubectlInMemory } from "../trial/kubectl-in-memory.ts";
import { codeIs } from "../trial/thrown.ts";
import { forget, packed, readKept } from "./kept-revision.ts";
import { recover } from "./recover.ts";
import type { Site } from "./site.ts";
import { clearWay, runRollback } from "./way-back.ts";

const NOT_ASKED = () => Promise.reject(new Error("nothing that is tested here asks this"));
const OURS = { "meta.helm.sh/release-name": "quality", "meta.helm.sh/release-namespace": "quality" };

const volume = (size = "1Gi", more: Partial<Manifest["metadata"]> = {}): Manifest => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "backup", ...more },
  // No word in YAML 1.1, if it is not quoted.
  spec: { volumeName: "yes", resources: { requests: { storage: size } } },
});
const SERVICE: Manifest = { apiVersion: "v1", kind: "Service", metadata: { name: "api" } };
const live = (metadata: Partial<Manifest["metadata"]> = {}): Manifest => volume("1Gi", { annotations: OURS, ...metadata });

/** A release whose revisions, from 1, have these objects; the newest is of this status. */
const releaseOf = (revisions: readonly (readonly Manifest[])[], status = "failed") => {
  const { kubectl, put } = kubectlInMemory();
  const stop = new AbortController();
  const ran: string[] = [];
  const told: string[] = [];
  const keep = (number: number, release: string): void =>
    put({ apiVersion: "v1", kind: "Secret", metadata: { name: `sh.helm.release.v1.quality.v${number}` }, data: { release } });
  for (const [at, objects] of revisions.entries())
    keep(
      at + 1,
      packed({
        manifest: objects.map((object) => `---\n${stringify(object, { version: "1.1" })}`).join(""),
        version: at + 1,
        name: "quality",
      }),
    );
  const history = revisions.map((_, at): Revision => {
    const isNewest = at === revisions.length - 1;
    return {
      revision: at + 1,
      updated: "",
      status: isNewest ? status : "deployed",
      chart: "touchstone-1.0.0",
      app_version: "1",
      description: "",
    };
  });
  const ended = (stdout = "") => ({ status: 0, stdout, stderr: "" });
  const helm: Helm = {
    major: 4,
    run: async (args) => (ran.push(args.slice(0, 3).join(" ")), ended()),
    good: async (_, args) => {
      if (args[1] === "metadata") return ended("{}");
      assert.deepEqual(args.slice(0, 4), ["get", "manifest", "quality", "--revision"]);
      return ended((await readKept(site, Number(args[4])))?.revision.manifest);
    },
    status: NOT_ASKED,
    history: async () => history,
    close: async () => undefined,
  };
  const deployment = Deployment.parse({ version: 1, name: "quality", model: "customer", fqdn: "quality.example.org" });
  const site: Site = { deployment, kubectl, helm, tell: (line) => void told.push(line), signal: stop.signal };
  const objectsIn = async (number: number) => manifestsOf((await readKept(site, number))?.revision.manifest ?? "");
  const titles = async (number: number) => (await objectsIn(number)).map(titleOf);
  return { site, put, keep, stop, ran, told, objectsIn, titles };
};

/** One that has left the volume out. */
const leaving = (status?: string) => releaseOf([[SERVICE, volume()], [SERVICE]], status);
const BOTH = ["Service api", "PersistentVolumeClaim backup"];

suite("the way back", () => {
  test("what was left out and is still there is noted in the newest revision; no other is touched, and nothing is deleted", async () => {
    const { site, put, ran, told, titles, objectsIn } = leaving();
    put(live());
    const before = await site.kubectl.get("secret", "sh.helm.release.v1.quality.v1");
    await runRollback(site, { to: 1, seconds: 1, takesFields: false });
    assert.deepEqual([await titles(2), ran, told.length], [BOTH, ["rollback quality 1"], 1]);
    assert.deepEqual(await objectsIn(2), [SERVICE, volume()]);
    assert.deepEqual(await site.kubectl.get("secret", "sh.helm.release.v1.quality.v1"), before);
    assert.notEqual(await site.kubectl.get("persistentvolumeclaim", "backup"), null);
    assert.equal((await readKept(site, 2))?.revision["version"], 2, "what else helm says of it stays");
  });

  test("as the last revision before had it", async () => {
    const { site, put, objectsIn } = releaseOf([[volume("1Gi")], [volume("2Gi")], [SERVICE], [SERVICE]]);
    put(live());
    await clearWay(site, 1);
    assert.deepEqual((await objectsIn(4))[1], volume("2Gi"));
  });

  test("where it is killed before helm, all is as before, and the next goes on", async () => {
    const { site, put, ran, titles, told } = leaving("pending-upgrade");
    put(live());
    await clearWay(site, 1);
    assert.deepEqual(ran, []);
    const { did, why } = await recover(site, null);
    assert.deepEqual([did, ran, await titles(2)], ["rollback", ["rollback quality 1"], BOTH]);
    assert.match(why ?? "", /left revision 2 pending-upgrade/);
    assert.equal(told.filter((line) => line.includes("left out")).length, 1);
  });

  const LEFT: readonly [string, Manifest | null][] = [
    ["is gone", null],
    ["is nobody's", volume()],
    ["is another release's", live({ annotations: { ...OURS, "meta.helm.sh/release-name": "other" } })],
    ["is of one of the same name elsewhere", live({ annotations: { ...OURS, "meta.helm.sh/release-namespace": "other" } })],
    ["is in another namespace", live({ namespace: "other" })],
    ["is going", live({ deletionTimestamp: "2026-01-01T00:00:00Z" })],
  ];
  for (const [title, found] of LEFT)
    test(`what was left out and ${title} is left to helm`, async () => {
      const { site, put, titles, ran } = leaving();
      if (found !== null) put(found);
      await runRollback(site, { to: 1, seconds: 1, takesFields: false });
      assert.deepEqual([await titles(2), ran], [["Service api"], ["rollback quality 1"]]);
    });

  test("an object is looked for in its own namespace", async () => {
    const { site, put, titles } = releaseOf([[volume("1Gi", { namespace: "other" })], [volume("1Gi"), SERVICE]]);
    put(live({ namespace: "other" }));
    await clearWay(site, 1);
    assert.deepEqual((await titles(2)).length, 3);
  });

  test("once it is told to stop nothing is written, and helm is not run", async () => {
    const { site, put, stop, ran, titles } = leaving();
    put(live());
    stop.abort();
    await assert.rejects(runRollback(site, { to: 1, seconds: 1, takesFields: false }), codeIs("ABORTED"));
    assert.deepEqual([await titles(2), ran], [["Service api"], []]);
  });

  test("a revision that somebody else made under the same number meanwhile is not written over", async () => {
    const { site, put, keep, ran, titles } = leaving();
    put(live());
    const other = packed({ manifest: stringify(SERVICE), version: 2 });
    const { get } = site.kubectl;
    const slow: Site["kubectl"]["get"] = (kind, ...rest) => {
      if (kind === "persistentvolumeclaim") keep(2, other);
      return get(kind, ...rest);
    };
    const late = { ...site, kubectl: { ...site.kubectl, get: slow } };
    await assert.rejects(runRollback(late, { to: 1, seconds: 1, takesFields: false }), codeIs("TOOL_FAILED", /somebody has changed it/));
    assert.deepEqual([await titles(2), ran], [["Service api"], []]);
  });

  test("one that is kept in another way is told with its number, and why it was wanted", async () => {
    const { site, keep, ran } = leaving("pending-upgrade");
    keep(2, "bm90aGluZw==");
    await assert.rejects(runRollback(site, { to: 1, seconds: 1, takesFields: false }), codeIs("TOOL_FAILED"));
    await assert.rejects(recover(site, null), codeIs("DEPLOY_NOT_RECOVERED", /left revision 2 pending-upgrade; now: incorrect header/));
    assert.deepEqual(ran, []);
  });
});

suite("a revision that is struck", () => {
  /** What kubectl is sent. */
  const striking = (answer: { status: number; stderr: string }) => {
    const made = leaving("pending-upgrade");
    const sent: unknown[] = [];
    const run: Site["kubectl"]["run"] = async (args, options) => {
      sent.push(args.slice(0, 3).join(" "), JSON.parse(options?.input ?? "null"));
      return { stdout: "", ...answer };
    };
    return { ...made, sent, site: { ...made.site, kubectl: { ...made.site.kubectl, run } } };
  };
  const GONE = { status: 0, stderr: "" };

  test("is the one that was read, and no other", async () => {
    const { site, sent } = striking(GONE);
    const resourceVersion = (await site.kubectl.get("secret", "sh.helm.release.v1.quality.v2"))?.metadata["resourceVersion"];
    await forget(site, 2);
    assert.equal(sent[0], "delete --raw /api/v1/namespaces/quality/secrets/sh.helm.release.v1.quality.v2");
    assert.deepEqual(sent[1], { apiVersion: "v1", kind: "DeleteOptions", preconditions: { resourceVersion } });
    await forget(site, 3);
    assert.equal(sent.length, 2, "there is no third");
  });

  test("is not, where another has its number, or it was told to stop", async () => {
    const { site, sent, stop } = striking({ status: 1, stderr: "Error from server (Conflict): Precondition failed" });
    await assert.rejects(forget(site, 2), codeIs("TOOL_FAILED", /Precondition failed/));
    stop.abort();
    await assert.rejects(forget(site, 2), codeIs("ABORTED"));
    assert.equal(sent.length, 2);
  });
});
