/** A terminal for tests: what somebody types is there beforehand, and what is told and printed is kept. */
import { PassThrough } from "node:stream";
import type { Terminal } from "../commands/command.ts";

type Typed = { typed: string; isPerson?: boolean };
export const terminalOf = ({ typed, isPerson = true }: Typed): { terminal: Terminal; told: () => string; printed: () => string } => {
  let [stdout, stderr] = ["", ""];
  const stdin = Object.assign(new PassThrough(), { isTTY: isPerson });
  stdin.end(typed);
  return {
    terminal: {
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      stdin,
      signal: new AbortController().signal,
      colour: false,
    },
    told: () => stderr,
    printed: () => stdout,
  };
};
