/** As many columns as anybody has. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { connect } from "../index.ts";
import { scratch } from "../scratch.ts";

const at = scratch();
after(() => at.remove());

test("many columns are read and typed", async () => {
  const columns = Array.from({ length: 5_000 }, (_, i) => i);
  const line = (row: number): string => columns.map((i) => (i % 2 === 0 ? row * i : `t${row}`)).join(",");
  const path = at.write("wide.csv", `${columns.map((i) => `c${i}`).join(",")}\n${line(1)}\n${line(2)}\n`);
  const datastore = await connect([path]);
  try {
    const { containers } = await datastore.sync();
    const types = containers[0]!.fields.map((field) => field.field_type);
    assert.equal(types.length, 5_000);
    assert.equal(types.filter((type) => type === "Integral").length, 2_500);
  } finally {
    await datastore.close();
  }
});
