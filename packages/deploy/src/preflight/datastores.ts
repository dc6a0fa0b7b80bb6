/** Whether dataplanes reach the datastores that are named, from a pod with their labels, nodes and network policies. */
import { ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Reached } from "@touchstone/core/model/reach";
import type { Deployment } from "../deployment/deployment.ts";
import type { Check } from "./check.ts";
import { answersAbout } from "./probe.ts";

const ID = "datastores";

type Datastores = Deployment["networks"]["datastores"];

const TODO: Readonly<Record<NonNullable<Reached["stopped"]>, string>> = {
  name: "make the name known to the cluster's DNS (a private zone, or a forwarder to the company's)",
  connection: "open the way: its network in networks.datastores.*.cidrs, routes, firewalls and security groups between; or start it",
  certificate: "correct its certificate",
  answer: "look at what answers there",
};

const finding = (name: string, to: string, { stopped, reason, milliseconds, addresses }: Reached): Finding =>
  stopped === null
    ? ok(ID, `${name} at ${to} (${addresses.join(", ")}), in ${milliseconds} ms`)
    : problem(
        ID,
        `${name} at ${to}${addresses.length === 0 ? "" : ` (${addresses.join(", ")})`}: ${reason ?? "out of reach"}`,
        "a TCP connection from a dataplane",
        TODO[stopped],
      );

/** What was tried for each host and port of each datastore; `answers` is the reason where nothing was. */
export const judgeDatastores = (datastores: Datastores, answers: readonly Reached[] | string): Finding[] => {
  const named = Object.entries(datastores);
  if (named.length === 0) return [ok(ID, "none is named in networks.datastores")];
  return named.flatMap(([name, { host, ports }]): Finding[] => {
    if (host === undefined)
      return [{ ...unseen(ID, `${name} has no host to try`), todo: `say networks.datastores.${name}.host in deployment.yaml` }];
    if (typeof answers === "string") return [unseen(ID, `${name}: ${answers}`)];
    return ports.map((port) => {
      const to = `${host}:${port}`;
      const reached = answers.find((answer) => answer.to === to);
      return reached === undefined ? unseen(ID, `${name} at ${to} was not tried`) : finding(name, to, reached);
    });
  });
};

export const datastores: Check = {
  id: ID,
  looks: "each host and port of networks.datastores, from a pod with the labels, nodes and network policies of a dataplane",
  needs: "a TCP connection to each",
  look: async ({ inside, site: { deployment } }) => {
    const named = deployment.networks.datastores;
    const hasHosts = Object.values(named).some(({ host }) => host !== undefined);
    return judgeDatastores(named, hasHosts ? answersAbout(await inside(), "worker", "tcp") : []);
  },
};
