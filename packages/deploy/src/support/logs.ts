/** Ends of the logs of containers: of those that run, and of those before them that ended. */
import { z } from "zod";
import type { Kubectl } from "../cluster/kubectl.ts";
import type { Manifest } from "../kubernetes/manifest.ts";

/** A start and what led to an error are in the last thousands of lines; more is for a log store. */
const LINES_MAX = "2000";
const LETTERS_MAX = 512 * 1024;
/** What is asked of the cluster for one container, however long its lines are. */
const BYTES_ASKED_MAX = String(16 * 2 ** 20);

const Status = z.looseObject({ name: z.string(), restartCount: z.number().default(0) });
const Pod = z.looseObject({
  spec: z.looseObject({
    containers: z.array(z.looseObject({ name: z.string() })).default([]),
    initContainers: z.array(z.looseObject({ name: z.string() })).default([]),
  }),
  status: z
    .looseObject({ containerStatuses: z.array(Status).default([]), initContainerStatuses: z.array(Status).default([]) })
    .prefault({}),
});

export type Log = { pod: string; container: string; previous: boolean };

/** Logs there should be of a pod: one a container, and the one before where it was started again. */
export const logsOf = (pod: Manifest): Log[] => {
  const { spec, status } = Pod.parse(pod);
  const restarted = new Set(
    [...status.initContainerStatuses, ...status.containerStatuses].flatMap(({ name, restartCount }) => (restartCount > 0 ? [name] : [])),
  );
  return [...spec.initContainers, ...spec.containers].flatMap(({ name }) => {
    const log = { pod: pod.metadata.name, container: name };
    return [{ ...log, previous: false }, ...(restarted.has(name) ? [{ ...log, previous: true }] : [])];
  });
};

/** The end of a text that fits, from the beginning of a line on. */
export const tailOf = (text: string, lettersMax = LETTERS_MAX): string => {
  if (text.length <= lettersMax) return text;
  const end = text.slice(-lettersMax);
  return `(the beginning is left out)\n${end.slice(end.indexOf("\n") + 1)}`;
};

/** The log, or why it cannot be had. */
export const readLog = async (
  { pod, container, previous }: Log,
  kubectl: Kubectl,
  signal: AbortSignal,
): Promise<{ text: string } | { why: string }> => {
  const args = ["logs", pod, "--container", container, "--tail", LINES_MAX, "--limit-bytes", BYTES_ASKED_MAX, "--timestamps"];
  const { status, stdout, stderr } = await kubectl.run([...args, ...(previous ? ["--previous"] : [])], { signal });
  return status === 0 ? { text: stdout } : { why: stderr.trim().split("\n").at(-1) ?? `exit status ${status}` };
};
