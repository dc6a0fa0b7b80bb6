/** What is said before anything is copied. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../../run.ts";

const touchstone = async (...args: string[]): Promise<{ status: number; out: string; err: string }> => {
  const said = { out: "", err: "" };
  const status = await run(["deploy", "mirror", ...args], {
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text) },
    signal: new AbortController().signal,
    colour: false,
  });
  return { status, ...said };
};

type Case = { args: readonly string[]; status: number; out: RegExp; err: RegExp };
const CASES: readonly Case[] = [
  {
    args: ["--list"],
    status: 0,
    out: /^containers-storage:localhost\/touchstone\/control-plane:\S+\n.*dataplane:\S+\n.*updater:\S+\n$/,
    err: /^$/,
  },
  { args: ["--list", "--source", "r.example.org"], status: 0, out: /^docker:\/\/r\.example\.org\/touchstone\/control-plane:/, err: /^$/ },
  { args: ["--list", "--json"], status: 0, out: /"key": "dataplane"/, err: /^$/ },
  { args: [], status: 2, out: /^$/, err: /OPTION_INVALID[\s\S]*--to/ },
  { args: ["--from", "a.tar"], status: 2, out: /^$/, err: /OPTION_INVALID[\s\S]*--to/ },
  { args: ["--archive", "a.tar", "--to", "r.example.org"], status: 2, out: /^$/, err: /OPTION_INVALID[\s\S]*--archive/ },
  { args: ["--archive", "/nowhere/a.tar"], status: 2, out: /^$/, err: /FILE_UNWRITABLE/ },
  { args: ["--file", "/nowhere/deployment.yaml", "--list"], status: 2, out: /^$/, err: /DEPLOYMENT_INVALID/ },
];
for (const { args, status, out, err } of CASES)
  test(`deploy mirror ${args.join(" ")}`, async () => {
    const said = await touchstone(...args);
    assert.equal(said.status, status, said.err);
    assert.match(said.out, out);
    assert.match(said.err, err);
  });
