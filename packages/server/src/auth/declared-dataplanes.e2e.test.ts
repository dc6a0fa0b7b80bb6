/** Tokens in a folder make dataplanes known; what is wrong with them is told by file, and never repeated. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import { openTrial, type Trial } from "../trial/trial.ts";
import { declareDataplanes } from "./declared-dataplanes.ts";

let trial: Trial;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "touchstone-tokens-"));
  trial = await openTrial();
});
after(async () => {
  await trial.close();
  rmSync(folder, { recursive: true, force: true });
});

const token = (letter: string): string => `tsdp_${letter.repeat(40)}`;
const filesIn = (name: string, files: Readonly<Record<string, string>>): string => {
  const made = join(folder, name);
  mkdirSync(made);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(made, file), text);
  return made;
};
const hello = async (as: string): Promise<number> =>
  (await trial.send("/dataplane/hello", { version: "1", protocol: 1, capacity: 1, connectors: [], capabilities: {} }, { token: as }))
    .status;

test("each file is a dataplane, whose token is taken at once; what Kubernetes keeps there is not", async () => {
  const made = filesIn("two", { office: `${token("a")}\n`, plant: token("b"), "..2026_11_26": "not a token" });
  assert.deepEqual(await declareDataplanes(trial.store.db, made), { revoked: [] });
  assert.deepEqual(await Promise.all([hello(token("a")), hello(token("b")), hello(token("c"))]), [200, 200, 401]);
  const names = await trial.store.db.selectFrom("dataplane").orderBy("name").select("name").execute();
  assert.deepEqual(names, [{ name: "office" }, { name: "plant" }]);
});

test("another token replaces the one before, and the same one may be declared by every replica", async () => {
  const made = filesIn("again", { office: token("d"), plant: token("b") });
  await Promise.all([declareDataplanes(trial.store.db, made), declareDataplanes(trial.store.db, made)]);
  assert.deepEqual(await Promise.all([hello(token("a")), hello(token("d")), hello(token("b"))]), [401, 200, 200]);
});

test("one that an administrator revoked stays revoked", async () => {
  const { id } = await trial.store.db.selectFrom("dataplane").where("name", "=", "plant").select("id").executeTakeFirstOrThrow();
  assert.equal((await trial.ask("DELETE", `/dataplanes/${id}`)).status, 204);
  assert.deepEqual(await declareDataplanes(trial.store.db, join(folder, "again")), { revoked: ["plant"] });
  assert.equal(await hello(token("b")), 401);
});

const WRONG: { name: string; files: Record<string, string>; why: RegExp }[] = [
  { name: "short", files: { office: "tsdp_short" }, why: /the file office does not hold/ },
  { name: "password", files: { office: "correct horse battery staple, and more of it" }, why: /the file office does not hold/ },
  { name: "same", files: { a: token("e"), b: token("e") }, why: /two of its files hold the same token/ },
];
for (const { name, files, why } of WRONG)
  test(`tokens that are none are refused: ${name}`, async () => {
    const made = filesIn(name, files);
    await assert.rejects(declareDataplanes(trial.store.db, made), (thrown) => {
      assert.ok(thrown instanceof UserError && thrown.info.code === "SETTING_INVALID");
      assert.match(thrown.info.why, why);
      for (const text of Object.values(files)) assert.ok(!JSON.stringify(thrown.info).includes(text));
      return true;
    });
  });

test("a folder that is not there is told", async () => {
  await assert.rejects(declareDataplanes(trial.store.db, join(folder, "nowhere")), /cannot be read/);
});
