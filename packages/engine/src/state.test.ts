import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ContainerReport } from "@touchstone/core/model/report";
import { recordAnomaly, sampleCheck, sampleContainer } from "./enrichment/sample-report.ts";
import { failsWith } from "./enrichment/target-cases.ts";
import { checkpointsOf, EMPTY_STATE, historiesOf, readState, resumable, updateState, withFinished, withResults } from "./state.ts";
import type { State } from "./state.ts";

const inFolder = async (work: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-state-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const measuring = (name: string, value: unknown, given: Partial<ContainerReport> = {}): ContainerReport => {
  const uid = `${name}__sum__amount`;
  return sampleContainer(name, [["amount", "Integral"]], [], { checks: [sampleCheck(uid, { measured: value })], ...given });
};
const finish = (state: State, id: string, report: ContainerReport, source = "s"): State =>
  withResults(state, source, { id, finishedAt: `2031-02-01T00:00:00Z ${id}` }, [{ report, incrementalField: "at" }]);

test("checkpoints: the last success counts, per source and container", () => {
  let state = finish(EMPTY_STATE, "1", measuring("orders", null, { checkpoint: 5 }));
  state = finish(state, "2", measuring("orders", null, { checkpoint: "2031-02-01 10:00:00" }));
  state = finish(state, "3", measuring("orders", null, { checkpoint: 9, result: "failure" }));
  state = finish(state, "4", measuring("orders", null, { checkpoint: null }));
  state = finish(state, "5", measuring("orders", null, { checkpoint: 7 }), "other");
  assert.deepEqual([...checkpointsOf(state, "s")], [["orders", { field: "at", value: "2031-02-01 10:00:00" }]]);
  assert.deepEqual([...checkpointsOf(state, "other")], [["orders", { field: "at", value: 7 }]]);
});

test("measurements: numbers only, oldest first, a rerun replaces and does not see itself, at most 400", () => {
  let state = EMPTY_STATE;
  for (const [id, value] of [
    ["1", 10],
    ["2", "text"],
    ["3", null],
    ["4", 20],
    ["4", 21],
  ] as const)
    state = finish(state, id, measuring("orders", value));
  const values = (operation: string): number[] =>
    (historiesOf(state, "s", operation).get("orders__sum__amount") ?? []).map(({ value }) => value);
  assert.deepEqual(values("5"), [10, 21]);
  assert.deepEqual(values("4"), [10]);
  for (let i = 0; i < 450; i++) state = finish(state, `n${i}`, measuring("orders", i));
  assert.equal(values("x").length, 400);
  assert.equal(values("x").at(-1), 449);
  assert.deepEqual(historiesOf(state, "other", "x").size, 0);
});

test("resume: only containers without findings, for the same operation; no row and no profile is kept", () => {
  const secret = "a value of the data";
  let state = withFinished(EMPTY_STATE, "s", "run", measuring("clean", 1));
  state = withFinished(state, "s", "run", sampleContainer("dirty", [["id", "Integral"]], [recordAnomaly("f", { id: secret })]));
  state = withFinished(state, "s", "run", measuring("failed", 1, { result: "failure" }));
  state = withFinished(state, "s", "run", measuring("clean", 2));
  assert.deepEqual([...resumable(state, "s", "run").keys()], ["clean"]);
  assert.equal(resumable(state, "s", "run").get("clean")!.checks[0]!.measured, 2);
  assert.equal(resumable(state, "s", "other").size, 0);
  assert.doesNotMatch(JSON.stringify(state), new RegExp(secret));
  assert.equal(finish(state, "run", measuring("clean", 1)).unfinished.length, 0);
});

test("resume: an operation in which a container failed keeps the clean ones, until another operation comes", () => {
  const outcomes = [measuring("clean", 1), measuring("broken", 1, { result: "failure" })].map((report) => ({
    report,
    incrementalField: null,
  }));
  const state = withResults(EMPTY_STATE, "s", { id: "run", finishedAt: "2031" }, outcomes);
  assert.deepEqual([...resumable(state, "s", "run").keys()], ["clean"]);
  assert.equal(finish(state, "other", measuring("clean", 1)).unfinished.length, 0);
  assert.equal(finish(state, "run", measuring("clean", 1), "elsewhere").unfinished.length, 1);
});

test("the file: absent is empty, written whole, read back the same, nothing left beside it", () =>
  inFolder(async (folder) => {
    const file = join(folder, "state.json");
    assert.deepEqual(await readState(file), EMPTY_STATE);
    const written = await updateState(file, (state) =>
      withFinished(finish(state, "1", measuring("__proto__", 3, { checkpoint: 5 })), "s", "2", measuring("clean", 1)),
    );
    assert.deepEqual(await readState(file), written);
    assert.equal(checkpointsOf(await readState(file), "s").get("__proto__")!.value, 5);
    assert.deepEqual(readdirSync(folder), ["state.json"]);
  }));

test("a file that cannot be used is said to be so, and left as it is", () =>
  inFolder(async (folder) => {
    const file = join(folder, "state.json");
    const cases: [string, RegExp][] = [
      ["", /empty/],
      ['{"version":1,', /JSON/],
      ['{"version":7}', /newer version/],
      ["[]", /not a state file/],
      ['{"version":1,"checkpoints":[{"source":1}],"measurements":[],"unfinished":[]}', /checkpoints\.0\.source/],
    ];
    for (const [text, reason] of cases) {
      writeFileSync(file, text);
      assert.match(await failsWith("STATE_UNUSABLE", () => readState(file)), reason);
      await failsWith("STATE_UNUSABLE", () => updateState(file, (state) => state));
      assert.equal(readFileSync(file, "utf8"), text);
    }
    mkdirSync(join(folder, "folder"));
    for (const place of [join(folder, "folder"), join(file, "x"), join(folder, "absent", "x"), "/proc/x"])
      await failsWith("STATE_UNUSABLE", () => updateState(place, (state) => state));
  }));

test("two processes change one file and lose nothing", () =>
  inFolder(async (folder) => {
    const file = join(folder, "state.json");
    const each = 20;
    const code = `import { updateState } from ${JSON.stringify(new URL("state.ts", import.meta.url).href)};
      for (let i = 0; i < ${each}; i++) await updateState(${JSON.stringify(file)}, (state) => ({ ...state, checkpoints: [...state.checkpoints, { source: "s", container: process.pid + "-" + i, field: null, value: i, at: "" }] }));`;
    const children = [1, 2].map(() =>
      spawn(process.execPath, ["--input-type=module", "-e", code], { cwd: import.meta.dirname, stdio: "inherit" }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number));
    assert.deepEqual(codes, [0, 0]);
    assert.equal((await readState(file)).checkpoints.length, 2 * each);
    assert.deepEqual(readdirSync(folder), ["state.json"]);
  }));
