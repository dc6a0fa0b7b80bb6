/**
 * A process of its own that goes on with a deployment of a fleet and is killed at the n-th point at which something was written or made;
 * with 0 it is not, and says how many there are. Arguments: folder of the fleet, name, n.
 */
import { appendFileSync } from "node:fs";
import type { FleetDriver, Hands, Task } from "../fleet/driver.ts";
import { FILES, type Files } from "../fleet/files.ts";
import { isHandStep, STEP_NAMES } from "../fleet/record.ts";
import { reconcile } from "../fleet/reconcile.ts";
import { openFleet } from "../fleet/store.ts";
import { fakeDriver } from "./fleet-driver.ts";

const [folder = "", name = "", killedAt = "0"] = process.argv.slice(2);
let points = 0;
const point = (): void => {
  points++;
  if (points === Number(killedAt)) process.kill(process.pid, "SIGKILL");
};

const files: Files = {
  replace: (path, text) => {
    FILES.replace(path, text);
    point();
  },
  append: (path, line, size) => {
    // Half a line is on the disk.
    if (points + 1 === Number(killedAt)) appendFileSync(path, line.slice(0, line.length / 2));
    point();
    FILES.append(path, line, size);
    point();
  },
};
const { driver, hands } = fakeDriver();
const [killing, killingHands]: [FleetDriver, Hands] = [{ ...driver }, { ...hands }];
for (const step of STEP_NAMES)
  Object.assign(isHandStep(step) ? killingHands : killing, {
    [step]: async (task: Task) => {
      const done = await (isHandStep(step) ? hands[step] : driver[step])(task);
      point();
      return done;
    },
  });

const fleet = openFleet(folder, { who: "killed@here", now: () => new Date() }, files);
await reconcile(fleet, name, {
  openDriver: () => killing,
  openHands: () => killingHands,
  now: () => new Date(),
  tell: () => undefined,
  signal: new AbortController().signal,
});
process.stdout.write(String(points));
