/**
 * How much each size asks for. Data, so that the chart, the documentation and the check of a cluster before an installation read the
 * same. A container asks for the memory it may have: what may be taken away later is no promise.
 *
 * The engine gets less than its container: the rest is for Node (some 300 MB), for answers to questions, which run engines of their own
 * beside an operation, and for what the allocator keeps.
 */

export type Size = {
  summary: string;
  controlPlane: { replicas: { min: number; max: number }; cpu: string; memory: string };
  dataplane: { replicas: number; cpu: string; memory: string; engineMemory: string; threads: number; spill: string };
  /** Migration, backup and check: one at a time, for minutes. */
  task: { cpu: string; memory: string };
};

const TASK = { cpu: "250m", memory: "512Mi" };

export const SIZES = {
  dev: {
    summary: "to try it out: one of each",
    controlPlane: { replicas: { min: 1, max: 1 }, cpu: "250m", memory: "512Mi" },
    dataplane: { replicas: 1, cpu: "1", memory: "2Gi", engineMemory: "1GiB", threads: 1, spill: "5Gi" },
    task: TASK,
  },
  small: {
    summary: "one worker, and an API of two",
    controlPlane: { replicas: { min: 2, max: 3 }, cpu: "500m", memory: "1Gi" },
    dataplane: { replicas: 1, cpu: "4", memory: "16Gi", engineMemory: "10GiB", threads: 4, spill: "20Gi" },
    task: TASK,
  },
  medium: {
    summary: "the usual one: fits into 16 cores and 80 GB, replicas added under load included",
    controlPlane: { replicas: { min: 2, max: 4 }, cpu: "500m", memory: "1Gi" },
    // Each fits beside others on a node of 8 cores and 32 GB.
    dataplane: { replicas: 3, cpu: "4", memory: "20Gi", engineMemory: "14GiB", threads: 4, spill: "40Gi" },
    task: TASK,
  },
  large: {
    summary: "four workers of 64 GiB",
    controlPlane: { replicas: { min: 3, max: 6 }, cpu: "1", memory: "2Gi" },
    dataplane: { replicas: 4, cpu: "8", memory: "64Gi", engineMemory: "46GiB", threads: 8, spill: "100Gi" },
    task: TASK,
  },
  "x-large": {
    summary: "four workers of twice the size",
    controlPlane: { replicas: { min: 3, max: 8 }, cpu: "1", memory: "2Gi" },
    dataplane: { replicas: 4, cpu: "16", memory: "128Gi", engineMemory: "96GiB", threads: 16, spill: "200Gi" },
    task: TASK,
  },
  "2x-large": {
    summary: "eight of them",
    controlPlane: { replicas: { min: 4, max: 10 }, cpu: "2", memory: "4Gi" },
    dataplane: { replicas: 8, cpu: "16", memory: "128Gi", engineMemory: "96GiB", threads: 16, spill: "200Gi" },
    task: TASK,
  },
  "4x-large": {
    summary: "eight of twice the size again",
    controlPlane: { replicas: { min: 4, max: 12 }, cpu: "2", memory: "4Gi" },
    dataplane: { replicas: 8, cpu: "32", memory: "256Gi", engineMemory: "200GiB", threads: 32, spill: "400Gi" },
    task: TASK,
  },
} as const satisfies Record<string, Size>;

export type SizeName = keyof typeof SIZES;
export const SIZE_DEFAULT: SizeName = "medium";
const isSize = (name: string): name is SizeName => name in SIZES;
export const SIZE_NAMES: readonly SizeName[] = Object.keys(SIZES).filter(isSize);
