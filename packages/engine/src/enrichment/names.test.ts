import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "@touchstone/core/errors";
import { anomalyUuid, checkOperationId, checkPrefix, containerIds, defaultPrefix, fitName, slug } from "./names.ts";

test("slug: lower snake case; other scripts keep apart by a hash", () => {
  const cases: [string, string][] = [
    ["Sales EU", "sales_eu"],
    ["public.orders", "public_orders"],
    ["flights-2k.json", "flights_2k_json"],
    ["Éclair", "eclair"],
    ["__x__", "x"],
    ["a\"b'c", "a_b_c"],
    ["select", "select"],
  ];
  for (const [name, expected] of cases) assert.equal(slug(name), expected, name);
  assert.match(slug("注文"), /^[0-9a-f]{8}$/);
  assert.match(slug("orders 注文"), /^orders_[0-9a-f]{8}$/);
  assert.notEqual(slug("注文"), slug("顧客"));
  assert.match(slug("…"), /^[0-9a-f]{8}$/);
});

test("a default prefix is _ and the slug, at most 60 characters, and stays apart when cut", () => {
  assert.equal(defaultPrefix("Sales EU"), "_sales_eu");
  const long = defaultPrefix("x".repeat(80));
  assert.equal(long.length, 60);
  assert.notEqual(long, defaultPrefix("x".repeat(81)));
  assert.equal(checkPrefix(long), long);
});

test("fitName counts bytes and cuts between characters", () => {
  assert.equal(fitName("abc", 63), "abc");
  const cut = fitName("ü".repeat(40), 63);
  assert.ok(Buffer.byteLength(cut) <= 63);
  assert.match(cut, /^ü+_[0-9a-f]{8}$/);
});

const refuses = (work: () => unknown): void => {
  assert.throws(work, (thrown) => thrown instanceof UserError && thrown.info.code === "OPTION_INVALID");
};

test("prefixes and operation ids that cannot be names of files and tables are refused", () => {
  for (const prefix of ["", "Sales", "1x", "a-b", "a b", 'a"', "x".repeat(61), "a/b"]) refuses(() => checkPrefix(prefix));
  for (const id of ["", ".x", "../x", "a/b", "a b", "x".repeat(65), "a\n"]) refuses(() => checkOperationId(id));
  for (const id of ["a", "2031-02-01.3", "_x", "0b0e6f5e-7a4a-4f0a-8f2c-5d2c1c1f0a11"]) assert.equal(checkOperationId(id), id);
});

test("containers of one slug get ids of their own", () => {
  const ids = containerIds(["a b", "a-b", "c"]);
  assert.equal(ids.get("c"), "c");
  assert.match(ids.get("a b")!, /^a_b_[0-9a-f]{8}$/);
  assert.notEqual(ids.get("a b"), ids.get("a-b"));
});

test("an anomaly's UUID is of version 5, the same for the same parts, and no concatenation of them", () => {
  const uuid = anomalyUuid("run-1", "orders", "f", "0");
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(uuid, anomalyUuid("run-1", "orders", "f", "0"));
  assert.notEqual(anomalyUuid("ab", "c"), anomalyUuid("a", "bc"));
});
