/** A deployment.yaml that `init` wrote is rendered by the real helm, wherever store and certificate are from. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { chartValuesOf } from "../deployment/chart-values.ts";
import { deploymentIn } from "../deployment/read.ts";
import { unanswered } from "../interview/question.ts";
import { openHelm } from "../trial/helm.ts";
import { deploymentOf, deploymentYaml } from "./document.ts";
import { INIT_QUESTIONS } from "./questions.ts";

const helm = await openHelm();

suite("what init wrote", { skip: helm.absent ?? false }, () => {
  const certificates: readonly Record<string, string>[] = [{ tls: "secret" }, { tls: "issuer", issuer: "letsencrypt" }];
  for (const store of ["external", "cloudnativepg", "demo"])
    for (const certificate of certificates)
      test(`store ${store}, certificate by ${certificate["tls"]}`, async () => {
        const { answered } = unanswered(INIT_QUESTIONS, {
          model: "customer",
          fqdn: "quality.example.org",
          datastores: "warehouse=10.20.0.0/16:5432",
          store,
          ...certificate,
        });
        const deployment = deploymentIn(deploymentYaml(deploymentOf(answered)), "deployment.yaml");
        const objects = await helm.template([await helm.values(chartValuesOf(deployment))]);
        const ingress = objects.find(({ kind }) => kind === "Ingress");
        assert.match(JSON.stringify(ingress), /quality\.example\.org/);
      });
});
