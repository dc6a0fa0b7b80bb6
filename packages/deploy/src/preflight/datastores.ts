/** Whether dataplanes reach the datastores that are named, from a pod with their labels, nodes and network policies. */
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Reached } from "@touchstone/core/model/reach";
import type { Deployment } from "../deployment/deployment.ts";
import type { Check } from "./check.ts";
import { datastoreTargets } from "./probe-plan.ts";
import { answersAbout } from "./probe.ts";

const ID = "datastores";

type Datastores = Deployment["networks"]["datastores"];

const TODO: Readonly<Record<NonNullable<Reached["stopped"]>, string>> = {
  name: "make the name known to the cluster's DNS (a private zone, or a forwarder to the company's)",
  connection: "open the way: its network in networks.datastores.*.cidrs, routes, firewalls and security groups between; or start it",
  certificate:
    "give the authority of its certificate by authorities in values; where something on the way looks into https, its authority too",
  answer: "look at what answers there",
};
/** Object stores refuse what was signed by another clock: Amazon's 15 minutes away, tokens of Azure and Google 5. */
const CLOCK_SECONDS_MAX = 300;

const finding = (name: string, { kind, to, stopped, reason, milliseconds, addresses, aheadSeconds }: Reached): Finding => {
  const where = `${name} at ${to}${addresses.length === 0 ? "" : ` (${addresses.join(", ")})`}`;
  const isWeb = kind === "web";
  if (stopped !== null)
    return problem(
      ID,
      `${where}: ${reason ?? "out of reach"}`,
      isWeb ? "an answer by https to a dataplane" : "a TCP connection from a dataplane",
      isWeb && stopped === "connection" ? `${TODO.connection}; a proxy by dataplanes.defaults.extraEnv in values` : TODO[stopped],
    );
  return aheadSeconds !== null && Math.abs(aheadSeconds) > CLOCK_SECONDS_MAX
    ? note(
        ID,
        `${where}: its clock is ${Math.abs(aheadSeconds)} seconds ${aheadSeconds > 0 ? "ahead" : "behind"}`,
        "clocks that agree: what is signed is refused otherwise",
        "let nodes keep time by NTP",
      )
    : ok(ID, `${where}${isWeb ? " answers by https" : ""}, in ${milliseconds} ms`);
};

/** What was tried for each host and port of each datastore; `answers` is the reason where nothing was. */
export const judgeDatastores = (datastores: Datastores, answers: readonly Reached[] | string): Finding[] => {
  const named = Object.entries(datastores);
  if (named.length === 0) return [ok(ID, "none is named in networks.datastores")];
  return named.flatMap(([name, datastore]): Finding[] => {
    if (datastore.host === undefined)
      return [{ ...unseen(ID, `${name} has no host to try`), todo: `say networks.datastores.${name}.host in deployment.yaml` }];
    if (typeof answers === "string") return [unseen(ID, `${name}: ${answers}`)];
    return datastoreTargets(datastore).map(({ to }) => {
      const reached = answers.find((answer) => answer.to === to);
      return reached === undefined ? unseen(ID, `${name} at ${to} was not tried`) : finding(name, reached);
    });
  });
};

export const datastores: Check = {
  id: ID,
  looks: "each host and port of networks.datastores, from a pod with the labels, nodes and network policies of a dataplane",
  needs:
    "a TCP connection to each; of object stores and warehouses in a cloud (at port 443, or https: true) an answer by https, through the proxy where there is one",
  look: async ({ inside, site: { deployment } }) => {
    const named = deployment.networks.datastores;
    const hasHosts = Object.values(named).some(({ host }) => host !== undefined);
    return judgeDatastores(named, hasHosts ? answersAbout(await inside(), "worker", "tcp", "web") : []);
  },
};
