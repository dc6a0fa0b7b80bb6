/** Whether the control plane reaches the identity providers that are named, from a pod under its policies, and what they answer is theirs. */
import { note, ok, problem, unseen, type Finding } from "@touchstone/core/model/finding";
import type { Reached } from "@touchstone/core/model/reach";
import type { Check } from "./check.ts";
import { answersAbout } from "./probe.ts";

const ID = "sign-in";
/** Signatures are taken with clocks this far apart (packages/server/src/auth/oidc.ts). */
const SECONDS_MAX = 30;

const TODO: Readonly<Record<NonNullable<Reached["stopped"]>, string>> = {
  name: "make the name known to the cluster's DNS",
  connection:
    "open the way: networks.identityProviders in deployment.yaml, firewalls between; one that is not public is named in values (settings.outboundAllow)",
  certificate: "make its authority known: settings.outboundAuthority in values",
  answer: "correct networks.identityProviders.issuer: it is the issuer as the provider writes it",
};

export const judgeIssuer = ({ to, stopped, reason, aheadSeconds }: Reached): Finding => {
  if (stopped !== null) return problem(ID, `${to}: ${reason ?? "out of reach"}`, "its discovery document", TODO[stopped]);
  return aheadSeconds !== null && Math.abs(aheadSeconds) > SECONDS_MAX
    ? note(
        ID,
        `the clock of ${to} is ${Math.abs(aheadSeconds)} seconds ${aheadSeconds > 0 ? "ahead" : "behind"}`,
        "clocks that agree",
        "let nodes keep time by NTP",
      )
    : ok(ID, `${to} tells what it is`);
};

export const signIn: Check = {
  id: ID,
  looks: "the discovery document of each issuer in networks.identityProviders, asked from a pod as the control plane asks",
  needs: "a document of that issuer, and a clock within 30 seconds",
  look: async ({ inside, site: { deployment } }) => {
    const providers = deployment.networks.identityProviders;
    const silent = providers.filter(({ issuer }) => issuer === undefined).length;
    const unnamed =
      silent === 0
        ? []
        : [
            {
              ...unseen(ID, `${silent} of ${providers.length} say no issuer to ask`),
              todo: "say networks.identityProviders.issuer in deployment.yaml",
            },
          ];
    if (providers.length === silent) return silent === 0 ? [ok(ID, "none is named in networks.identityProviders")] : unnamed;
    const answers = answersAbout(await inside(), "check", "issuer");
    return typeof answers === "string" ? [unseen(ID, answers)] : [...answers.map(judgeIssuer), ...unnamed];
  },
};
