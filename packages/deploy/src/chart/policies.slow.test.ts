/** Who reaches whom under the chart's network policies: the whole matrix, for the examples that have them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { reaches, type End } from "../kubernetes/reach.ts";
import { podTemplateOf, type Manifest } from "../kubernetes/manifest.ts";
import { NAMESPACE, openHelm, RELEASE } from "../trial/helm.ts";
import { CHART_FOLDER } from "./write.ts";

const opened = await openHelm();
const options = { skip: opened.absent ?? false };

const named = (namespace: string) => ({ "kubernetes.io/metadata.name": namespace });
const pod = (namespace: string, labels: Record<string, string> = {}, ports: Record<string, number> = {}): End => ({
  kind: "pod",
  namespace,
  namespaceLabels: named(namespace),
  labels,
  ports,
});
const address = (text: string): End => ({ kind: "address", address: text });

const API_PORT = 8420;
/** For what is inside, where there is a certificate. */
const INSIDE_PORT = 8443;
const ours = (component: string, group?: string): End =>
  pod(
    NAMESPACE,
    {
      "app.kubernetes.io/name": "touchstone",
      "app.kubernetes.io/instance": RELEASE,
      "app.kubernetes.io/component": component,
      ...(group === undefined ? {} : { "touchstone/group": group }),
    },
    component === "control-plane" ? { http: API_PORT, https: INSIDE_PORT } : {},
  );

const api = ours("control-plane");
const dns = pod("kube-system", { "k8s-app": "kube-dns" });
const stranger = pod(NAMESPACE, { app: "something else" });
const METADATA = address("169.254.169.254");

type Case = { from: End; to: End; port: number; protocol?: "UDP"; is: boolean; what: string };
const check = (objects: readonly Manifest[], cases: readonly Case[]): void => {
  for (const { from, to, port, protocol = "TCP", is, what } of cases)
    assert.equal(reaches(objects, { from, to, port, protocol }), is, `${what} is ${is ? "closed" : "open"}`);
};

suite("network policies", options, () => {
  const render = (example: string) => opened.template([join(CHART_FOLDER, "ci", example)]);

  test("the usual installation", async () => {
    const worker = ours("dataplane", "default");
    check(await render("external.values.yaml"), [
      { from: pod("ingress-nginx"), to: api, port: API_PORT, is: true, what: "ingress controller to API" },
      { from: pod("monitoring"), to: api, port: API_PORT, is: true, what: "Prometheus to API" },
      { from: worker, to: api, port: INSIDE_PORT, is: true, what: "dataplane to API by https" },
      { from: worker, to: api, port: API_PORT, is: false, what: "dataplane to API by http" },
      { from: ours("check"), to: api, port: INSIDE_PORT, is: true, what: "check to API by https" },
      { from: ours("check"), to: api, port: API_PORT, is: false, what: "check to API by http" },
      { from: pod("ingress-nginx"), to: api, port: INSIDE_PORT, is: false, what: "ingress controller to the port for what is inside" },
      { from: pod("monitoring"), to: api, port: INSIDE_PORT, is: false, what: "Prometheus to the port for what is inside" },
      { from: stranger, to: api, port: INSIDE_PORT, is: false, what: "another pod of the namespace to API by https" },
      ...["migration", "backup", "updater"].flatMap((component): Case[] => [
        { from: ours(component), to: api, port: INSIDE_PORT, is: false, what: `${component} to API by https` },
        { from: ours(component), to: api, port: API_PORT, is: false, what: `${component} to API by http` },
      ]),
      { from: stranger, to: api, port: API_PORT, is: false, what: "another pod of the namespace to API" },
      { from: pod("elsewhere"), to: api, port: API_PORT, is: false, what: "a pod of another namespace to API" },
      { from: address("203.0.113.5"), to: api, port: API_PORT, is: false, what: "the internet to API" },
      { from: pod("ingress-nginx"), to: api, port: 9229, is: false, what: "ingress controller to another port of the API" },
      { from: api, to: worker, port: 8421, is: false, what: "API to dataplane: nothing dials in" },
      { from: worker, to: ours("dataplane", "default"), port: 8421, is: false, what: "dataplane to dataplane" },
      ...["control-plane", "migration", "backup", "check"].flatMap((component): Case[] => [
        { from: ours(component), to: address("10.1.2.3"), port: 5432, is: true, what: `${component} to the store` },
        { from: ours(component), to: address("10.1.2.3"), port: 22, is: false, what: `${component} to another port there` },
        { from: ours(component), to: address("203.0.113.5"), port: 5432, is: false, what: `${component} to a store outside` },
        { from: ours(component), to: dns, port: 53, protocol: "UDP", is: true, what: `${component} to DNS` },
        { from: ours(component), to: METADATA, port: 80, is: false, what: `${component} to the metadata service` },
      ]),
      { from: worker, to: address("10.20.7.8"), port: 5432, is: true, what: "dataplane to its datastore" },
      { from: worker, to: address("10.21.7.8"), port: 5432, is: false, what: "dataplane to what is not listed" },
      { from: worker, to: address("203.0.113.5"), port: 443, is: false, what: "dataplane to the internet" },
      { from: worker, to: METADATA, port: 80, is: false, what: "dataplane to the metadata service" },
      { from: worker, to: dns, port: 53, is: true, what: "dataplane to DNS" },
      { from: api, to: address("203.0.113.5"), port: 443, is: false, what: "API to the internet" },
      { from: stranger, to: address("203.0.113.5"), port: 443, is: true, what: "what is not ours is left alone" },
    ]);
  });

  test("without a certificate of its own, what is inside comes by the one port there is", async () => {
    const worker = ours("dataplane", "default");
    check(await render("airgap-openshift.values.yaml"), [
      { from: worker, to: api, port: API_PORT, is: true, what: "dataplane to API" },
      { from: ours("check"), to: api, port: API_PORT, is: true, what: "check to API" },
      { from: worker, to: api, port: INSIDE_PORT, is: false, what: "dataplane to a port that is not there" },
      { from: stranger, to: api, port: API_PORT, is: false, what: "another pod of the namespace to API" },
    ]);
  });

  test("groups reach what is theirs", async () => {
    const [office, heavy] = [ours("dataplane", "office"), ours("dataplane", "heavy")];
    check(await render("groups.values.yaml"), [
      { from: office, to: address("10.30.4.9"), port: 3306, is: true, what: "office to MySQL" },
      { from: office, to: address("8.8.8.8"), port: 443, is: true, what: "office to the internet" },
      { from: office, to: METADATA, port: 443, is: false, what: "office to the metadata service, by way of the internet" },
      { from: office, to: METADATA, port: 80, is: false, what: "office to the metadata service" },
      { from: heavy, to: METADATA, port: 80, is: true, what: "heavy to the metadata service, as it says" },
      { from: heavy, to: address("10.20.7.8"), port: 5432, is: false, what: "heavy to the datastores of office" },
      { from: pod("keda"), to: api, port: API_PORT, is: true, what: "KEDA to the API" },
      { from: ours("updater"), to: address("10.96.0.1"), port: 443, is: true, what: "updater to Kubernetes" },
      { from: ours("updater"), to: address("198.51.100.7"), port: 443, is: true, what: "updater to its channel" },
      { from: ours("updater"), to: address("203.0.113.9"), port: 443, is: false, what: "updater to elsewhere" },
      { from: ours("updater"), to: address("10.20.7.8"), port: 5432, is: false, what: "updater to a datastore" },
      { from: ours("updater"), to: api, port: API_PORT, is: false, what: "updater to the API" },
      { from: ours("updater"), to: METADATA, port: 80, is: false, what: "updater to the metadata service" },
      { from: api, to: address("198.51.100.7"), port: 443, is: false, what: "API to the channel of the updater" },
      { from: ours("backup"), to: address("52.219.4.5"), port: 443, is: true, what: "backup to its bucket" },
      { from: ours("backup"), to: address("169.254.170.23"), port: 80, is: true, what: "backup to the agent of EKS Pod Identity" },
      { from: ours("backup"), to: METADATA, port: 80, is: false, what: "backup to the metadata service" },
      { from: ours("backup"), to: address("203.0.113.9"), port: 443, is: false, what: "backup to elsewhere" },
      { from: ours("migration"), to: address("52.219.4.5"), port: 443, is: false, what: "migration to the bucket" },
      { from: api, to: address("52.219.4.5"), port: 443, is: false, what: "API to the bucket" },
      { from: stranger, to: ours("updater"), port: API_PORT, is: false, what: "anybody to the updater" },
      { from: api, to: address("203.0.113.9"), port: 443, is: true, what: "API to its identity provider" },
      { from: ours("check"), to: address("203.0.113.9"), port: 443, is: true, what: "check to the identity provider" },
      { from: ours("check"), to: pod("ingress-nginx"), port: 443, is: true, what: "check to the ingress controller" },
      { from: ours("check"), to: address("198.51.100.4"), port: 443, is: true, what: "check to the address of the name" },
      { from: ours("check"), to: address("198.51.100.5"), port: 443, is: false, what: "check to another address" },
      { from: api, to: address("203.0.114.9"), port: 443, is: false, what: "API to another" },
    ]);
  });

  test("backups in a bucket of Google's ask who they are, those by keys do not", async () => {
    const egress = { "backup.bucket.egress[0].cidrs[0]": "203.0.113.0/24", "backup.bucket.egress[0].ports[0]": "443" };
    const set = (more: Readonly<Record<string, string>>) =>
      Object.entries({ ...egress, ...more }).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const external = join(CHART_FOLDER, "ci", "external.values.yaml");
    check(await opened.template([external], set({ "backup.bucket.url": "gs://backups" })), [
      { from: ours("backup"), to: METADATA, port: 80, is: true, what: "backup to GKE's metadata server" },
      { from: ours("backup"), to: address("203.0.113.9"), port: 443, is: true, what: "backup to its bucket" },
      { from: ours("check"), to: METADATA, port: 80, is: false, what: "check to the metadata service" },
    ]);
    check(await opened.template([external], set({ "backup.bucket.url": "s3://backups", "backup.bucket.existingSecret": "keys" })), [
      { from: ours("backup"), to: METADATA, port: 80, is: false, what: "backup by keys to the metadata service" },
      { from: ours("backup"), to: address("169.254.170.23"), port: 80, is: false, what: "backup by keys to the agent" },
    ]);
  });

  test("Postgres by its operator, and dataplanes alone", async () => {
    const store = ours("store");
    check(await render("cloudnativepg-gateway.values.yaml"), [
      { from: api, to: store, port: 5432, is: true, what: "API to its Postgres" },
      { from: ours("migration"), to: store, port: 5432, is: true, what: "migration to its Postgres" },
      { from: ours("dataplane", "default"), to: store, port: 5432, is: false, what: "dataplane to the store" },
      { from: api, to: address("10.1.2.3"), port: 5432, is: false, what: "API to another store" },
    ]);
    const alone = await render("dataplanes-only.values.yaml");
    check(alone, [
      {
        from: ours("dataplane", "default"),
        to: address("198.51.100.7"),
        port: 443,
        is: true,
        what: "dataplane to the control plane elsewhere",
      },
      { from: ours("dataplane", "default"), to: address("198.51.100.8"), port: 443, is: false, what: "dataplane to its neighbour" },
    ]);
  });

  test("no pod of the release is without a policy", async () => {
    for (const example of ["external.values.yaml", "groups.values.yaml", "airgap-openshift.values.yaml", "demo.values.yaml"]) {
      const objects = await render(example);
      for (const object of objects) {
        const template = podTemplateOf(object);
        if (template === null) continue;
        const end = pod(NAMESPACE, template.metadata.labels);
        const own = object.kind === "Pod" ? pod(NAMESPACE, object.metadata.labels ?? {}) : end;
        check(objects, [
          { from: own, to: address("203.0.113.77"), port: 9999, is: false, what: `${example}: ${object.metadata.name} to anywhere` },
        ]);
        check(objects, [{ from: stranger, to: own, port: 9999, is: false, what: `${example}: anybody to ${object.metadata.name}` }]);
      }
    }
  });
});
