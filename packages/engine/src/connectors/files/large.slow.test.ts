import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, test } from "node:test";
import { connect } from "../index.ts";
import { scratch } from "../scratch.ts";

const at = scratch();
after(() => at.remove());

test("large text is staged on disk, in a folder that goes with the connection", async () => {
  const tempFolder = at.path("temp");
  const path = at.write("large.csv", `a,b\n${`1,${"x".repeat(1000)}\n`.repeat(300_000)}`);
  const datastore = await connect([path], { tempFolder, memory: "300MB" });
  const { containers } = await datastore.sync();
  const { relation } = await datastore.open(containers[0]!);
  assert.equal(relation.records, 300_000);
  assert.equal(readdirSync(tempFolder).length, 1);
  await datastore.close();
  assert.deepEqual(readdirSync(tempFolder), []);
});
