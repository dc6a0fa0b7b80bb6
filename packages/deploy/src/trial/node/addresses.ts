/** Addresses of a trial cluster with nodes: of RFC 2544, which no network uses, and of pods and services, which only its own namespaces know. */

/** All is behind one bridge: the rack has the control plane and what is outside of the cluster, the nodes are on it, and so is this machine. */
export type Addresses = {
  rack: string;
  /** A datastore, somewhere else than the store. */
  datastore: string;
  /** Where nobody may go, and all could: another network. */
  elsewhere: string;
  host: string;
  node: (index: number) => string;
  /** The pods of a node. */
  pods: (index: number) => string;
};

export const PODS = "10.244.0.0/16";
export const SERVICES = "10.96.0.0/16";
export const KUBERNETES = "10.96.0.1";
export const DNS = "10.96.0.10";
/** What every cloud says who a machine is by. */
export const METADATA_SERVICE = "169.254.169.254";

/** Two clusters on one machine have two networks. */
export const addressesOf = (number: number): Addresses => {
  const network = `198.18.${number % 250}`;
  return {
    rack: `${network}.1`,
    datastore: `${network}.2`,
    elsewhere: "198.19.255.1",
    host: `${network}.254`,
    node: (index) => `${network}.${index + 11}`,
    pods: (index) => `10.244.${index + 1}.0/24`,
  };
};
