/** Sizes grow, leave the engine room beside it, and the usual one fits where the requirements say it does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readQuantity } from "../kubernetes/quantity.ts";
import { SIZE_DEFAULT, SIZE_NAMES, SIZES, type Size } from "./sizes.ts";

const read = (text: string): number => readQuantity(text.replace(/B$/, "")) ?? assert.fail(text);
/** Tasks that may run at once: a backup, a check, and a migration. */
const TASKS = 3;

const total = ({ controlPlane, dataplane, task }: Size): { cores: number; bytes: number } => ({
  // One pod more while an upgrade replaces them.
  cores: (controlPlane.replicas.max + 1) * read(controlPlane.cpu) + dataplane.replicas * read(dataplane.cpu) + TASKS * read(task.cpu),
  bytes:
    (controlPlane.replicas.max + 1) * read(controlPlane.memory) + dataplane.replicas * read(dataplane.memory) + TASKS * read(task.memory),
});

test("the usual size asks for no more than 16 cores and 80 GB, all told", () => {
  const { cores, bytes } = total(SIZES[SIZE_DEFAULT]);
  assert.ok(cores <= 16, `${cores} cores`);
  assert.ok(bytes <= 80e9, `${bytes / 1e9} GB`);
});

test("each size asks for more than the one before", () => {
  const totals = SIZE_NAMES.map((name) => total(SIZES[name]));
  totals.slice(1).forEach(({ cores, bytes }, at) => assert.ok(cores > totals[at]!.cores && bytes > totals[at]!.bytes, SIZE_NAMES[at + 1]));
});

for (const name of SIZE_NAMES)
  test(`${name}: an engine leaves a fifth of its container, and at least 900 MB, to what is beside it`, () => {
    const { memory, engineMemory } = SIZES[name].dataplane;
    const rest = read(memory) - read(engineMemory);
    assert.ok(rest >= 900e6 && rest / read(memory) >= 0.2, `${rest}`);
  });
