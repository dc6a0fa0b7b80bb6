/**
 * A driver that pretends. What it has made is in `effects.log` of the deployment's folder, a line for each time it made something, so that
 * a test sees what was made twice. Steps that `fails` names go wrong.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ok, problem } from "@touchstone/core/model/finding";
import { userError } from "@touchstone/core/errors";
import type { Done, FleetDriver, Hands, Task } from "../fleet/driver.ts";
import type { StepName } from "../fleet/record.ts";

export type Fake = {
  driver: FleetDriver;
  /** That sign nothing: the digest is of the step's key. */
  hands: Hands;
  /** `deployment:step`, for each that shall go wrong; may be changed meanwhile. */
  fails: Set<string>;
  /** `deployment:step`, in the order in which they were asked for. */
  asked: string[];
};

const VERSION = "0.1.0";

export const effectsIn = (folder: string): string[] => {
  const file = join(folder, "effects.log");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
};

/** Makes it, unless it has been made for the same key. */
const make = ({ folder, key }: Task, what: string): void => {
  const line = `${what} ${key}`;
  if (!effectsIn(folder).includes(line)) appendFileSync(join(folder, "effects.log"), `${line}\n`);
};

export const fakeDriver = (): Fake => {
  const fails = new Set<string>();
  const asked: string[] = [];
  const step =
    (name: StepName, work: (task: Task) => Done) =>
    async (task: Task): Promise<Done> => {
      const id = `${task.deployment.name}:${name}`;
      asked.push(id);
      if (fails.has(id)) throw userError("TOOL_FAILED", "the driver", name, "it was told to");
      return work(task);
    };
  const making = (name: StepName, more: (task: Task) => Partial<Done> = () => ({})) =>
    step(name, (task) => {
      make(task, name);
      return { said: `${name} is done`, ...more(task) };
    });
  const look =
    (name: StepName) =>
    async (task: Task): Promise<Done> => {
      const id = `${task.deployment.name}:${name}`;
      asked.push(id);
      const found = fails.has(id) ? problem("api", "it does not answer", "an answer", "look at it") : ok("api", "it answers");
      return { said: "1 looked at", findings: [found] };
    };
  const runs = ({ wanted, deployment }: Task) => ({ runs: wanted ?? (deployment.release.version || VERSION) });
  const driver: FleetDriver = {
    preflight: look("preflight"),
    provision: making("provision"),
    configure: making("configure"),
    install: making("install", runs),
    upgrade: making("upgrade", runs),
    verify: look("verify"),
    backup: making("backup", ({ key }) => ({ backup: `backup-${key.slice(0, 8)}` })),
    "copy-out": making("copy-out", ({ key }) => ({ backup: `backup-${key.slice(0, 8)}` })),
    uninstall: making("uninstall"),
    "give-up": making("give-up"),
    deprovision: making("deprovision"),
  };
  const hands: Hands = {
    "hand-over": making("hand-over", ({ key }) => ({ document: `sha256:${key}` })),
    prove: making("prove"),
    "take-back": making("take-back"),
  };
  return { driver, hands, fails, asked };
};
