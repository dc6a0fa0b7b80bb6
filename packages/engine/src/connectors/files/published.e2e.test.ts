/** JSON files as they are published. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { connect } from "../index.ts";

const within = (member: string): readonly string[] => [`the file is one object; its records are the array "${member}" of it`];

/** GeoJSON has its records in one member; topologies and graphs have several lists, or none of objects. */
const PUBLISHED: readonly (readonly [name: string, records: number, notes: readonly string[]])[] = [
  ["earthquakes", 1707, within("features")],
  ["us-10m", 1, []],
  ["miserables", 1, []],
];

for (const [name, records, notes] of PUBLISHED)
  test(`reads ${name}.json as published`, async () => {
    const source = fileURLToPath(new URL(`../data/${name}.json`, import.meta.resolve("vega-datasets")));
    const published = await connect([source]);
    try {
      const { containers, notes: told } = await published.sync();
      const { relation } = await published.open(containers[0]!);
      assert.equal(relation.records, records);
      assert.deepEqual(
        told.map((note) => note.text),
        notes,
      );
    } finally {
      await published.close();
    }
  });
