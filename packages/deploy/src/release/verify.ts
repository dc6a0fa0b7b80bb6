/** Whether an installation works: the release, its workloads, the chart's own check from inside, and its name from outside. Changes nothing. */
import { lookup } from "node:dns/promises";
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import { fetchReason } from "../cluster/fetch-reason.ts";
import type { Site } from "./site.ts";
import { statusOf, type DeploymentStatus } from "./status.ts";
import { failedTest } from "./work.ts";
import { workloadText } from "./workloads.ts";

const ANSWER_MS = 10_000;

export type Reply =
  | { kind: "unresolved" }
  | { kind: "status"; status: number }
  /** No answer at all: a certificate that does not fit, a closed port. */
  | { kind: "failed"; reason: string };

const releaseFinding = ({ release, lastGood, operation }: DeploymentStatus): Finding => {
  if (release === null) return problem("release", "nothing is installed", "a release", "touchstone deploy install");
  const what = `revision ${release.revision} of ${release.chart} is ${release.status}`;
  if (release.status !== "deployed")
    return problem(
      "release",
      what,
      "deployed",
      `touchstone deploy upgrade, or touchstone deploy rollback${lastGood === null ? "" : ` (to revision ${lastGood})`}`,
    );
  return operation?.outcome === "killed"
    ? note(
        "release",
        `${what}; the last ${operation.kind} was cut off`,
        "an operation that ended",
        "touchstone deploy upgrade looks after it",
      )
    : ok("release", what);
};

const workloadFindings = ({ workloads, release }: DeploymentStatus): Finding[] => {
  if (release !== null && workloads.length === 0)
    return [problem("workloads", "there are none", "those of the release", "touchstone deploy diff shows what is missing")];
  return workloads.map((workload) =>
    workload.isReady
      ? ok(workload.name, `${workload.ready} of ${workload.wanted} ready`)
      : problem(
          workload.name,
          workloadText(workload),
          `${workload.wanted} ready`,
          `kubectl describe deployment ${workload.name}, and the logs of its pods`,
        ),
  );
};

/** What an answer from outside, or none, means. */
export const addressFinding = (fqdn: string, reply: Reply): Finding => {
  switch (reply.kind) {
    case "unresolved":
      return unseen("address", `${fqdn} does not resolve from here`);
    case "failed":
      return problem(
        "address",
        `https://${fqdn} does not answer: ${reply.reason}`,
        "an answer over https",
        "check the certificate, the ingress controller and the name",
      );
    case "status":
      return reply.status === 200
        ? ok("address", `https://${fqdn} answers`)
        : problem(
            "address",
            `https://${fqdn}/api/health answers ${reply.status}`,
            "200",
            "check that the Ingress leads to this release, and its pods",
          );
    default:
      return reply satisfies never;
  }
};

const ask = async (fqdn: string, signal: AbortSignal): Promise<Reply> => {
  if ((await lookup(fqdn).catch(() => null)) === null) return { kind: "unresolved" };
  try {
    const answer = await fetch(`https://${fqdn}/api/health`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      redirect: "manual",
    });
    await answer.body?.cancel();
    return { kind: "status", status: answer.status };
  } catch (thrown) {
    return { kind: "failed", reason: fetchReason(thrown) };
  }
};

const testFinding = async (site: Site): Promise<Finding> => {
  const why = await failedTest(site);
  return why === null
    ? ok("check", "the store answers and the API takes requests, from inside the cluster")
    : problem(
        "check",
        why,
        "both checks pass",
        `helm test ${site.deployment.name} -n ${site.kubectl.access.namespace} --logs shows what they said`,
      );
};

export const verify = async (site: Site): Promise<Finding[]> => {
  const status = await statusOf(site);
  const findings = [releaseFinding(status), ...workloadFindings(status)];
  if (status.release === null) return findings;
  const [tested, reply] = await Promise.all([testFinding(site), ask(site.deployment.fqdn, site.signal)]);
  return [...findings, tested, addressFinding(site.deployment.fqdn, reply)];
};
