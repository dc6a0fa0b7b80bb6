/**
 * Names at the top of the values that are not there, or not there any more, and where what they mean is now. The templates refuse them
 * with this sentence; a value that a later version moves is entered here, and stays for a year.
 */
export const MOVED: Readonly<Record<string, string>> = {
  replicaCount: "it is controlPlane.replicas, and dataplanes.groups.NAME.replicas",
  image: "it is images.controlPlane and images.dataplane",
  imagePullSecrets: "it is images.pullSecrets",
  resources: "it is controlPlane.resources, and dataplanes.groups.NAME.resources; size sets both",
  nodeSelector: "it is placement.nodeSelector",
  tolerations: "it is placement.tolerations",
  affinity: "it is placement.affinity",
  postgresql: "a store for production is not part of the chart: see store.mode",
  databaseUrl: "it is a secret, and is read from one: store.existingSecret",
  autoscaling: "it is controlPlane.autoscaling, and dataplanes.groups.NAME.autoscaling",
};
