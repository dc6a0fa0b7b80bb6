/** What it costs that many dataplanes wait for work that does not come. */
import { setTimeout as sleep } from "node:timers/promises";
import { inviteDataplane } from "@touchstone/server/auth/dataplanes";
import { httpSend } from "@touchstone/engine/worker/http-send";
import { runDataplane } from "@touchstone/engine/worker/loop";
import { processorSeconds } from "../processor.ts";
import type { Installation } from "./installation.ts";

/** Until all of them have enrolled and wait. */
const SETTLE_MS = 8_000;

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
