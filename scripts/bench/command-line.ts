/** Start-up of the command line, and `check` of a 1 MB CSV, as whole processes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchPart } from "./measure.ts";

const RUNS = 5;
const LAUNCHER = join(import.meta.dirname, "..", "..", "touchstone");

export const benchCommandLine: BenchPart = async (_rows, print) => {
  const folder = mkdtempSync(join(tmpdir(), "touchstone-bench-"));
  try {
    const csv = join(folder, "orders.csv");
    writeFileSync(csv, ordersCsv(1_000_000));
    print(`touchstone --version        ${medianSeconds(["--version"])} s (bar 0.4 s)`);
    print(`touchstone check 1 MB CSV   ${medianSeconds(["check", csv, "--progress", "none", "--format", "json"])} s (bar 2 s)`);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Median wall-clock of some runs after one warm-up. */
const medianSeconds = (args: string[]): string => {
  const seconds = Array.from({ length: RUNS + 1 }, () => {
    const started = performance.now();
    const { status, stderr } = spawnSync(LAUNCHER, args, { encoding: "utf8", maxBuffer: 1 << 28 });
    if (status !== 0 && status !== 1) throw new Error(`touchstone ${args.join(" ")} ended with ${status}: ${stderr}`);
    return (performance.now() - started) / 1000;
  }).slice(1);
  return seconds.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!.toFixed(2);
};

/** Orders of about this many bytes, the same each time. */
const ordersCsv = (bytes: number): string => {
  const lines = ["order_id,ordered_at,customer,status,quantity,price,note"];
  const statuses = ["open", "paid", "shipped", "returned"];
  for (let size = 0, i = 0; size < bytes; i++) {
    const mixed = (i * 2_654_435_761) % 4_294_967_296;
    const day = new Date(Date.UTC(2030, 0, 1) + (i % 700) * 86_400_000).toISOString().slice(0, 10);
    const line = `${100_000 + i},${day},C${String(mixed % 5000).padStart(5, "0")},${statuses[mixed % 4]},${1 + (mixed % 9)},${((mixed % 90_000) / 100).toFixed(2)},note ${mixed % 977}`;
    lines.push(line);
    size += line.length + 1;
  }
  return `${lines.join("\n")}\n`;
};
