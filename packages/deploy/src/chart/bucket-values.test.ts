/** Addresses of places for backups that the schema of the chart takes: as the program reads them, and as a validator without lookahead can say it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Bucket } from "./bucket-values.ts";

const ADDRESSES: readonly [url: string, isTaken: boolean][] = [
  ["", true],
  ["s3://backups", true],
  ["s3://backups/prod/eu-1", true],
  ["gs://backups/a_b.c", true],
  ["az://account/container/prod", true],
  ["s3://backups/.hidden", true],
  ["s3://backups/..hidden", true],
  ["s3://backups/...", true],
  ["s3://backups/....a", true],
  ["s3://backups/a..b/c.", true],
  ["s3://backups/.", false],
  ["s3://backups/..", false],
  ["s3://backups/a/../b", false],
  ["s3://backups/a/./b", false],
  ["az://account/container/..", false],
  ["az://account/..", false],
  ["s3://..", false],
  ["s3://backups//a", false],
  ["s3://backups/a b", false],
  ["s3://Backups", false],
  ["https://backups", false],
];
for (const [url, isTaken] of ADDRESSES)
  test(`${url === "" ? "no address" : url} is ${isTaken ? "" : "not "}taken`, () =>
    assert.equal(Bucket.safeParse({ url }).success, isTaken));
