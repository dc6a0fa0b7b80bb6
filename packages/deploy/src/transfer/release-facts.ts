/** What of the release is handed over: the chart, the images, the values, and the name people type. */
import { userError } from "@touchstone/core/errors";
import type { Helm } from "../cluster/helm.ts";
import type { Kubectl } from "../cluster/kubectl.ts";
import type { Deployment } from "../deployment/deployment.ts";
import { sha256Of } from "../deployment/digest.ts";
import { at, manifestsOf, podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";
import { chartOf } from "../release/chart.ts";
import { JsonObject } from "../supply/canonical.ts";
import { redacted } from "../support/redact.ts";
import { folderDigest } from "./chart-digest.ts";
import type { TransferDocument } from "./document.ts";

type ReleaseFacts = TransferDocument["release"];

const imagesIn = (objects: readonly Manifest[]): string[] => {
  const templates = objects.map(podTemplateOf).filter((template) => template !== null);
  const images = templates.flatMap(({ spec }) => [...spec.containers, ...spec.initContainers].map(({ image }) => image));
  return [...new Set(images)].toSorted();
};

/** As JSON has it: without what is undefined, and with secrets replaced. */
export const tellable = (value: unknown): JsonObject => JsonObject.parse(JSON.parse(JSON.stringify(redacted(value ?? {}))));

/** A deployment names its Secrets and holds none; what its free parts hold is anybody's guess. */
export const tellableDeployment = (deployment: Deployment): JsonObject => {
  const { cloud, values, ...rest } = deployment;
  const open =
    cloud === undefined ? {} : { cloud: { ...cloud, inputs: tellable(cloud.inputs), connectivity: tellable(cloud.connectivity) } };
  return JsonObject.parse(JSON.parse(JSON.stringify({ ...rest, ...open, values: tellable(values) })));
};

/** Throws TRANSFER_NOT_POSSIBLE where nothing is installed. */
export const releaseFacts = async (helm: Helm, deployment: Deployment): Promise<ReleaseFacts> => {
  const { name } = deployment;
  const last = (await helm.history(name)).at(-1);
  if (last === undefined || last.status !== "deployed")
    throw userError(
      "TRANSFER_NOT_POSSIBLE",
      name,
      last === undefined ? "there is no such release in its namespace" : `its release is ${last.status}`,
      "install it, or bring the release to an end (touchstone deploy status), and then hand it over",
    );
  const manifest = (await helm.good("read what is installed", ["get", "manifest", name])).stdout;
  const values: unknown = JSON.parse((await helm.good("read its values", ["get", "values", name, "-o", "json"])).stdout);
  return {
    chart: last.chart,
    revision: last.revision,
    chartDigest: await folderDigest(chartOf(deployment)[0] ?? ""),
    manifestDigest: sha256Of(manifest),
    images: imagesIn(manifestsOf(manifest)),
    values: tellable(values),
  };
};

/** Where an Ingress, or a Gateway, is reached: what its controller has written into its status. */
export const addressesOf = (object: Manifest): string[] => {
  const entries = at(object, "status", "loadBalancer", "ingress");
  return Array.isArray(entries)
    ? entries.flatMap((entry): string[] => {
        const [ip, hostname] = [at(entry, "ip"), at(entry, "hostname")];
        return typeof ip === "string" ? [ip] : typeof hostname === "string" ? [hostname] : [];
      })
    : [];
};

const IP = /^[0-9a-f.:]+$/i;

/** The records that lead people here; with an empty value where the cluster does not know its address. */
export const dnsOf = async (kubectl: Kubectl, { name, fqdn }: Deployment): Promise<TransferDocument["dns"]> => {
  const ingresses = await kubectl.list("ingresses.networking.k8s.io", { selector: `app.kubernetes.io/instance=${name}` });
  const addresses = ingresses.flatMap(addressesOf);
  return addresses.length === 0
    ? [{ name: fqdn, type: "A or CNAME", value: "" }]
    : addresses.map((value) => ({ name: fqdn, type: IP.test(value) ? "A" : "CNAME", value }));
};
