/** What it costs that many dataplanes wait for work that does not come. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { inviteDataplane } from "@touchstone/server/auth/dataplanes";
import { httpSend } from "@touchstone/engine/worker/http-send";
import { runDataplane } from "@touchstone/engine/worker/loop";
import type { Installation } from "./installation.ts";

/** USER_HZ of every Linux that Node runs on (proc(5), stat). */
const TICKS_PER_SECOND = 100;
/** Until all of them have enrolled and wait. */
const SETTLE_MS = 8_000;

/** Processor seconds of a process so far; NaN where the system does not tell. */
export const processorSeconds = (pid: number): number => {
  if (process.platform !== "linux") return NaN;
  const afterName = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(afterName[11]) + Number(afterName[12])) / TICKS_PER_SECOND;
};

/** Share of one processor that the control plane takes while so many dataplanes, with their three polls each, are there. */
export const pollingShare = async ({ url, pid, store }: Installation, dataplanes: number, seconds: number): Promise<number> => {
  const stop = new AbortController();
  const send = httpSend({ server: url });
  const codes = await Promise.all(Array.from({ length: dataplanes }, (_, i) => inviteDataplane(store.db, `polling ${i}`)));
  const running = codes.map(({ code }) => runDataplane({ send, code, version: "bench", signal: stop.signal }));
  try {
    await sleep(SETTLE_MS);
    const before = processorSeconds(pid);
    await sleep(seconds * 1000);
    return (processorSeconds(pid) - before) / seconds;
  } finally {
    stop.abort();
    await Promise.allSettled(running);
  }
};
