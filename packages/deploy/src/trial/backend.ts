/**
 * Trial clusters of two kinds behind one type: in memory, in which a suite takes seconds and needs nothing, and real (`real/`), which is
 * right by definition. A suite is written once; a file `x.real.long.test.ts` says `onRealCluster()` and brings the suite in.
 */
import { kubernetesAbsent } from "../tools/kubernetes.ts";
import { startInMemory, type Cluster, type ClusterOptions } from "./cluster.ts";
import { startRealCluster } from "./real/cluster.ts";

let real = false;

/** From now on this process starts real clusters. */
export const onRealCluster = (): void => {
  real = true;
};

export const isOnRealCluster = (): boolean => real;

/** Why there can be no cluster of this kind here; null where there can. */
export const clusterAbsent = (): string | null => (real ? kubernetesAbsent() : null);

/** What a suite is called. */
export const titled = (title: string): string => (real ? `${title}, on a real API server` : title);

export const startCluster = (options: ClusterOptions = {}): Promise<Cluster> => (real ? startRealCluster(options) : startInMemory(options));
