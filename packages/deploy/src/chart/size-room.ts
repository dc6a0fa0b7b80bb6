/** What a size asks for in all: every replica that load may add, one pod more while an upgrade replaces them, and the tasks that may run at once. */
import { readQuantity } from "../kubernetes/quantity.ts";
import { SIZES, type SizeName } from "./sizes.ts";

/** A backup, a check, and a migration. */
const TASKS = 3;

export type SizeRoom = { cores: number; gigabytes: number; largestPod: { cores: number; gigabytes: number } };

const read = (quantity: string): number => readQuantity(quantity) ?? 0;

export const roomOf = (size: SizeName): SizeRoom => {
  const { controlPlane, dataplane, task } = SIZES[size];
  const inAll = (resource: "cpu" | "memory"): number =>
    (controlPlane.replicas.max + 1) * read(controlPlane[resource]) +
    dataplane.replicas * read(dataplane[resource]) +
    TASKS * read(task[resource]);
  return {
    cores: Math.ceil(inAll("cpu") * 10) / 10,
    gigabytes: Math.ceil(inAll("memory") / 1e9),
    largestPod: { cores: read(dataplane.cpu), gigabytes: Math.ceil(read(dataplane.memory) / 1e9) },
  };
};
