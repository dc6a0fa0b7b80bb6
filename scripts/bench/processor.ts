/** Processor time of processes, as the system counts it (proc(5), stat); NaN where it does not tell (only Linux does). */
import { readFileSync } from "node:fs";

/** USER_HZ of every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Places after the name: the parent; time in user and in system mode; both again, of the children that are gone and were waited for. */
const PARENT = 1;
const OWN = [11, 12];
const GONE = [13, 14];

type Pid = number | "self";

const statOf = (pid: Pid): string[] =>
  readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");

const seconds = (pid: Pid, places: readonly number[]): number => {
  if (process.platform !== "linux") return NaN;
  const stat = statOf(pid);
  return places.reduce((sum, place) => sum + Number(stat[place]), 0) / TICKS_PER_SECOND;
};

/** Those that live. */
export const childrenOf = (pid: Pid): number[] =>
  process.platform === "linux"
    ? readFileSync(`/proc/${pid}/task/${pid === "self" ? process.pid : pid}/children`, "utf8")
        .trim()
        .split(" ")
        .filter(Boolean)
        .map(Number)
    : [];

export const parentOf = (pid: number): number => Number(statOf(pid)[PARENT]);

/** Of one process so far, all its threads together. */
export const processorSeconds = (pid: Pid): number => seconds(pid, OWN);

/** Of its children so far, those that are gone too. */
export const childrenSeconds = (pid: Pid): number =>
  childrenOf(pid).reduce((sum, child) => sum + processorSeconds(child), 0) + seconds(pid, GONE);
