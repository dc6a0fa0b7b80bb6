/** How files become containers, and what names no file. What happens to them from opening to closing is in files.e2e.test.ts. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { after, test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import { makeTempFolder } from "../defaults.ts";
import { connect } from "../index.ts";
import { scratch } from "../scratch.ts";

const at = scratch();
after(() => at.remove());

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (thrown) {
    return thrown instanceof UserError ? thrown.info.code : String(thrown);
  }
  return "no error";
};

/** Container names with the number of files in each. */
const namesIn = async (sources: readonly string[]): Promise<Record<string, number>> => {
  const datastore = await connect(sources);
  try {
    const { containers } = await datastore.sync();
    return Object.fromEntries(containers.map(({ name, partitions }) => [name, partitions.length]));
  } finally {
    await datastore.close();
  }
};

const CSV = "a,b\n1,x\n";

const FILES: Record<string, string | Uint8Array> = {
  "g/billing_2024-01.csv": CSV,
  "g/billing_2024-02.csv": CSV,
  "g/billing_20240301.csv": CSV,
  "g/billing_old_1.csv": "other\nx\n",
  "g/v2_orders_1.csv": CSV,
  "g/v2_orders_2.csv": "b,a\ny,2\n",
  "g/flights.csv": CSV,
  "g/flights.json": '[{"a":1}]',
  "g/ignored.png": "",
  "g/.hidden.csv": CSV,
  "g/_SUCCESS": "",
  "h/y/2024/flights.csv": CSV,
  "h/flights.csv": CSV,
  "p/orders/year=2024/month=1/a.csv": "id\n1\n2\n",
  "p/orders/year=2025/month=2/b.csv": "id\n3\n",
  "p/orders/year=2025/month=__HIVE_DEFAULT_PARTITION__/c.csv": "id\n4\n",
  "j/log-1.ndjson": '{"a":1}\n{"a":2,"b":"x"}\n',
  "j/log-2.ndjson": '{"a":2.5}\n',
  "odd/file[1].csv": CSV,
  "odd/it's a 'name'.csv": CSV,
};
for (const [name, content] of Object.entries(FILES)) at.write(name, content);

const GROUPS: readonly (readonly [string[], Record<string, number>])[] = [
  [["g"], { "billing_*": 3, billing_old_1: 1, "v2_orders_*": 2, "flights.csv": 1, "flights.json": 1 }],
  [["g/billing_2024-01.csv"], { "billing_2024-01": 1 }],
  [["g/billing_2024-0*.csv"], { "billing_*": 2 }],
  [["g/flights.csv", "h"], { "flights.csv": 1, "h/flights.csv": 1, "2024/flights.csv": 1 }],
  [["g/flights.csv", "g/flights.csv", "g/flights.*"], { "flights.csv": 1, "flights.json": 1 }],
  [["p"], { orders: 3 }],
  [["j"], { "log-*": 2 }],
  [["odd/file[1].csv"], { "file[1]": 1 }],
  [["odd"], { "file[1]": 1, "it's a 'name'": 1 }],
];

for (const [sources, expected] of GROUPS) {
  test(`containers of ${sources.join(" ")}`, async () => {
    const found = await namesIn(sources.map((source) => at.path(source)));
    if (sources[1] === "h") assert.equal(Object.keys(found).length, 3);
    else assert.deepEqual(found, expected);
  });
}

const REFUSED: readonly (readonly [string, string])[] = [
  ["missing.csv", "SOURCE_NOT_FOUND"],
  ["missing/*.csv", "SOURCE_NOT_FOUND"],
  ["g/ignored.png", "SOURCE_KIND_UNKNOWN"],
  ["g/*.png", "SOURCE_WITHOUT_FILES"],
  ["nothing", "SOURCE_WITHOUT_FILES"],
];

test("sources that name nothing readable are refused", async () => {
  mkdirSync(at.path("nothing"));
  for (const [source, code] of REFUSED) assert.equal(await codeOf(connect([at.path(source)])), code, source);
  assert.equal(await codeOf(connect([])), "OPTION_INVALID");
});

test("a file without permission is told apart", { skip: process.getuid?.() === 0 ? "root may read everything" : false }, async () => {
  chmodSync(at.write("secret.csv", CSV), 0);
  assert.equal(await codeOf(connect([at.path("secret.csv")])), "SOURCE_UNREADABLE");
});

test("folders of processes that are gone are swept", () => {
  const parent = at.path("stale");
  at.write("stale/slot-999999999-abc/x", "");
  at.write("stale/other/x", "");
  const made = makeTempFolder(parent);
  assert.deepEqual(
    [existsSync(at.path("stale/slot-999999999-abc")), existsSync(at.path("stale/other")), existsSync(made)],
    [false, true, true],
  );
});
