/**
 * For tests: AWS on the loopback (moto, and EKS of our own before it) with what an operator has there, and terraform with the true
 * provider of a local mirror, as a person's environment would name both.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { ACCOUNT, startFront, type Front, type FrontOptions } from "@touchstone/deploy/trial/aws/front";
import { MIRROR, terraformPath } from "@touchstone/deploy/terraform/terraform";
import { skip as motoAbsent, startMotoServer } from "@touchstone/server/trial/moto";
import { newGround, spawnTouchstone, type Ground, type Ran } from "./terminal-ground.ts";

export const REGION = "eu-central-1";
export const BUCKET = "states";
export { ACCOUNT };

const PROVIDER = `${MIRROR}/registry.terraform.io/hashicorp/aws`;
const OUTPUT_MAX = 64 * 2 ** 20;

/** Why there can be none here. */
export const awsAbsent = (): string | false =>
  terraformPath() === null
    ? "terraform is not on this machine"
    : !existsSync(PROVIDER)
      ? `the provider of AWS is not in ${PROVIDER}`
      : motoAbsent;

export type Aws = {
  ground: Ground;
  front: Front;
  /** What an operator's shell has. */
  env: NodeJS.ProcessEnv;
  /** A command line, as a process of its own; words with `@` in front are files of the ground. */
  type: (line: string, more?: NodeJS.ProcessEnv) => Promise<Ran>;
  start: (line: string, more?: NodeJS.ProcessEnv) => ReturnType<typeof spawnTouchstone>;
  /** Terraform itself, in a folder. */
  terraform: (folder: string, ...words: string[]) => Promise<Ran>;
  /** An object of the bucket of states; null where there is none. */
  object: (key: string) => Promise<string | null>;
  put: (path: string, text?: string) => Promise<void>;
  /** A call of EC2, and its answer. */
  ec2: (action: string, more?: Readonly<Record<string, string>>) => Promise<string>;
  /** A call of a service that speaks REST: status and answer. */
  rest: (service: string, method: string, path: string, body?: string) => Promise<{ status: number; text: string }>;
  close: () => Promise<void>;
};

/** Managed policies have to be there to be attached; a certificate is proved at once. */
const SETTINGS = { MOTO_IAM_LOAD_MANAGED_POLICIES: "true", MOTO_ACM_VALIDATION_WAIT: "1" };

const signedFor = (service: string, region = REGION): string =>
  `AWS4-HMAC-SHA256 Credential=someone/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`;

export const openAws = async (options: Pick<FrontOptions, "before" | "api"> = {}): Promise<Aws> => {
  const moto = await startMotoServer(SETTINGS);
  const front = await startFront({ upstream: moto.url, region: REGION, ...options });
  const ground = newGround();
  const settings = ground.write("terraform.rc", `provider_installation {\n  filesystem_mirror {\n    path = "${MIRROR}"\n  }\n}\n`);
  const env: NodeJS.ProcessEnv = {
    AWS_ENDPOINT_URL: front.url,
    AWS_ACCESS_KEY_ID: "operator",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_EC2_METADATA_DISABLED: "true",
    TF_CLI_CONFIG_FILE: settings,
    HOME: ground.folder,
  };
  const words = (line: string): string[] => line.split(" ").map((word) => word.replaceAll("~", " ").replace(/^@/, `${ground.folder}/`));
  const start: Aws["start"] = (line, more) => spawnTouchstone(words(line), { env: { ...env, ...more } });
  const put: Aws["put"] = async (path, text = "") => {
    // A bucket that is asked for elsewhere would have to say where.
    const headers = { authorization: signedFor("s3", "us-east-1") };
    const answer = await fetch(`${moto.url}/${path}`, { method: "PUT", headers, body: text });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  };
  await put(BUCKET);
  return {
    ground,
    front,
    env,
    start,
    put,
    type: (line, more) => start(line, more).ended,
    terraform: (folder, ...args) =>
      new Promise((resolve) => {
        const run = { cwd: folder, env: { ...process.env, ...env, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" }, maxBuffer: OUTPUT_MAX };
        execFile(terraformPath() ?? "", args, run, (error, out, err) =>
          resolve({ status: error === null ? 0 : Number(error.code ?? 1), out, err }),
        );
      }),
    object: async (key) => {
      const answer = await fetch(`${moto.url}/${key}`, { headers: { authorization: signedFor("s3") } });
      return answer.ok ? answer.text() : null;
    },
    ec2: async (Action, more = {}) => {
      const headers = { authorization: signedFor("ec2"), "content-type": "application/x-www-form-urlencoded" };
      const body = new URLSearchParams({ Action, Version: "2016-11-15", ...more }).toString();
      return (await fetch(moto.url, { method: "POST", headers, body })).text();
    },
    rest: async (service, method, path, body) => {
      const headers = { authorization: signedFor(service), "content-type": service === "eks" ? "application/json" : "application/xml" };
      const answer = await fetch(`${front.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
      return { status: answer.status, text: await answer.text() };
    },
    close: async () => {
      await front.close();
      await moto.stop();
      ground.remove();
    },
  };
};
