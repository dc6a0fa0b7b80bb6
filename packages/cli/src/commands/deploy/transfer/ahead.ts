/** What a transfer would do, step by step, and what of it is done. */
import type { Step, stepsAhead } from "@touchstone/deploy/transfer/journal";
import { flag, type Terminal, type Values } from "../../command.ts";

export const tellAhead = (
  steps: readonly Step[],
  ahead: Awaited<ReturnType<typeof stepsAhead>>,
  values: Values,
  { stdout }: Pick<Terminal, "stdout">,
): 0 => {
  if (flag(values, "json"))
    stdout.write(
      `${JSON.stringify({ steps: steps.map(({ name, title }, index) => ({ name, title, done: ahead[index]?.isDone })) }, null, 2)}\n`,
    );
  else for (const { title, isDone } of ahead) stdout.write(`${isDone ? "done " : "to do"}  ${title}\n`);
  return 0;
};
