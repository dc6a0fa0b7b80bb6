/** Sizes grow, leave the engine room beside it, and the usual one fits where the requirements say it does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readQuantity } from "../kubernetes/quantity.ts";
import { roomOf } from "./size-room.ts";
import { SIZE_DEFAULT, SIZE_NAMES, SIZES } from "./sizes.ts";

const read = (text: string): number => readQuantity(text.replace(/B$/, "")) ?? assert.fail(text);
test("the usual size asks for no more than 16 cores and 80 GB, all told", () => {
  const { cores, gigabytes } = roomOf(SIZE_DEFAULT);
  assert.ok(cores <= 16, `${cores} cores`);
  assert.ok(gigabytes <= 80, `${gigabytes} GB`);
});

test("each size asks for more than the one before", () => {
  const totals = SIZE_NAMES.map(roomOf);
  totals
    .slice(1)
    .forEach(({ cores, gigabytes }, at) => assert.ok(cores > totals[at]!.cores && gigabytes > totals[at]!.gigabytes, SIZE_NAMES[at + 1]));
});

for (const name of SIZE_NAMES)
  test(`${name}: an engine leaves a fifth of its container, and at least 900 MB, to what is beside it`, () => {
    const { memory, engineMemory } = SIZES[name].dataplane;
    const rest = read(memory) - read(engineMemory);
    assert.ok(rest >= 900e6 && rest / read(memory) >= 0.2, `${rest}`);
  });
