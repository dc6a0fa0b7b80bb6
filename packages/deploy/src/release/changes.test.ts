/** What differs between objects, and that nothing of a Secret is in it. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { manifestsOf } from "../kubernetes/manifest.ts";
import { changesBetween, countsOf } from "./changes.ts";

const NOTHING = { made: 0, changed: 0, removed: 0, kept: 0 };

const map = (name: string, data: string, more = ""): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}${more}}\ndata: ${data}\n`;
const secret = (name: string, data: string): string =>
  `---\napiVersion: v1\nkind: Secret\nmetadata: {name: ${name}}\nstringData: ${data}\n`;

suite("changes", () => {
  const check = (name: string, before: string, after: string, counts: Partial<typeof NOTHING>, patch: string[] = []): void =>
    void test(name, () => {
      const changes = changesBetween(manifestsOf(before), manifestsOf(after));
      assert.deepEqual(countsOf(changes), { ...NOTHING, ...counts });
      assert.deepEqual(
        changes.flatMap((change) => change.patch.split("\n").filter((line) => /^[+-]/.test(line))),
        patch,
      );
    });
  check("none", "", "", {});
  check("the same", map("a", "{x: '1'}"), map("a", "{x: '1'}"), {});
  check(
    "another order of keys and documents",
    map("a", "{x: '1', y: '2'}") + map("b", "{}"),
    map("b", "{}") + map("a", "{y: '2', x: '1'}"),
    {},
  );
  check("a value", map("a", "{x: '1', y: '2'}"), map("a", "{x: '3', y: '2'}"), { changed: 1 }, ['-  x: "1"', '+  x: "3"']);
  check("a text that YAML reads as a number is not that number", map("a", "{x: '1'}"), map("a", "{x: 1}"), { changed: 1 }, [
    '-  x: "1"',
    "+  x: 1",
  ]);
  check("a value that is null", map("a", "{x: null}"), map("a", "{}"), { changed: 1 }, ["-data:", "-  x: null", "+data: {}"]);
  check("another version of its API", map("a", "{}"), map("a", "{}").replace("v1", "v2"), { changed: 1 }, [
    "-apiVersion: v1",
    "+apiVersion: v2",
  ]);
  check("with and without its namespace", map("a", "{}"), map("a", "{}", ", namespace: x"), { changed: 1 }, ["+  namespace: x"]);
  check(
    "lines of the server are no change",
    map("a", "{}", ", resourceVersion: '1', managedFields: []"),
    map("a", "{}", ", resourceVersion: '2'"),
    {},
  );
  check("made", "", map("a", "{}"), { made: 1 }, ["+apiVersion: v1", "+data: {}", "+kind: ConfigMap", "+metadata:", "+  name: a"]);
  check("removed", map("a", "{}"), "", { removed: 1 }, ["-apiVersion: v1", "-data: {}", "-kind: ConfigMap", "-metadata:", "-  name: a"]);
  check("kept", map("a", "{}", ", annotations: {helm.sh/resource-policy: keep}"), "", { kept: 1 });
  check("unicode, and lines of their own", map("a", '{x: "ä\\nb"}'), map("a", '{x: "ä\\nc"}'), { changed: 1 }, ["-    b", "+    c"]);
  check(
    "of a Secret only which key",
    secret("s", "{a: canary1, b: canary2}"),
    secret("s", "{a: canary1, b: canary3, c: canary4}"),
    { changed: 1 },
    ["-  b: (hidden, before)", "+  b: (hidden, after)", "+  c: (hidden)"],
  );
});

test("no value of a Secret is in any patch, made, changed or removed", () => {
  const copy = `annotations: {kubectl.kubernetes.io/last-applied-configuration: canary0}`;
  const plainSecret = `---\napiVersion: v1\nkind: Secret\nmetadata: {name: t, ${copy}}\ndata: {a: Y2FuYXJ5}\n`;
  const before = manifestsOf(secret("a", "{x: canary1}") + secret("b", "{x: canary2}") + plainSecret);
  const after = manifestsOf(
    secret("b", "{x: canary3}") + secret("c", "{x: canary4}") + plainSecret.replace("Y2FuYXJ5", "Y2FuYXJ6").replace("canary0", "canary5"),
  );
  const told = JSON.stringify(changesBetween(before, after));
  assert.equal(changesBetween(before, after).length, 4);
  assert.doesNotMatch(told, /canary|Y2FuYXJ/);
});
