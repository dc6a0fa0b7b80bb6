/**
 * An emulator of AWS (https://docs.getmoto.org, from PyPI), for tests; mostly an S3 server with STS and IAM: it stores, lists and pages as S3
 * does, and where it is told to, verifies each signature and what the user's or role's policy allows.
 */
import { execFile, spawn, type ChildProcessByStdio } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { AwsV4Signer } from "aws4fetch";

const run = promisify(execFile);

const VERSION = "5.2.2";
/** What its server mode needs of the packages that `moto[server]` would bring: the rest is for services that nobody asks. */
const PACKAGES = [`moto==${VERSION}`, "flask==3.1.3", "flask-cors==6.0.5"];
const INSTALL_MS = 180_000;
/** It reads a hundred services and the policies of IAM first; several times as long on a machine that others use. */
const START_MS = 120_000;
const KEYS_MAX = "3";
const ALWAYS_OPEN = 1_000_000;
export const REGION = "eu-central-1";
const ACCOUNT = "123456789012";
export const BUCKET = "quality-backups";
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/backup`;

const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: ["s3:ListBucket"], Resource: `arn:aws:s3:::${BUCKET}` },
    {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      Resource: `arn:aws:s3:::${BUCKET}/*`,
    },
  ],
});

/** Path of the server, installed at the first run; null where it cannot be. */
const installed = async (): Promise<string | null> => {
  const folder = join(tmpdir(), `touchstone-moto-${VERSION}`);
  const command = join(folder, "bin", "moto_server");
  if (existsSync(command)) return command;
  try {
    await run("python3", ["-m", "venv", "--without-pip", folder], { timeout: INSTALL_MS });
    const python = join(folder, "bin", "python3");
    const args = ["--python", python, "install", "--quiet", "--no-compile", "--disable-pip-version-check", ...PACKAGES];
    await run("pip", args, { timeout: INSTALL_MS });
    return command;
  } catch {
    await rm(folder, { recursive: true, force: true });
    return null;
  }
};

const command = await installed();
export const skip = command === null ? `pip cannot install moto ${VERSION}` : false;

export type Moto = {
  url: string;
  /** Of a user that may do with the bucket what a backup needs. */
  keys: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
  /** Whether signatures and policies are looked at. */
  verifies: (yes: boolean) => Promise<void>;
  /** Uploads that were begun and neither ended nor given up. */
  unfinished: () => Promise<number>;
  stop: () => Promise<void>;
};

/** Where it says that it answers, at a port that the system has picked. */
const addressIn = (child: ChildProcessByStdio<null, null, Readable>): Promise<string> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(reject, START_MS, new Error("moto does not answer"));
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [, url] = /Running on (http:\S+)/.exec(said) ?? [];
      if (url === undefined) return;
      clearTimeout(late);
      resolve(url);
    });
  });

/** A user and a role with the same policy, by IAM's own requests. */
const makeIdentities = async (url: string): Promise<Moto["keys"]> => {
  const iam = async (Action: string, more: Readonly<Record<string, string>>): Promise<string> => {
    const body = new URLSearchParams({ Action, Version: "2010-05-08", ...more }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const signer = new AwsV4Signer({
      method: "POST",
      url: `${url}/`,
      headers,
      body,
      accessKeyId: "a",
      secretAccessKey: "b",
      service: "iam",
      region: "us-east-1",
    });
    const signed = await signer.sign();
    return (await fetch(signed.url, { method: "POST", headers: signed.headers, body })).text();
  };
  await iam("CreateUser", { UserName: "backup" });
  await iam("PutUserPolicy", { UserName: "backup", PolicyName: "backup", PolicyDocument: POLICY });
  await iam("CreateRole", { RoleName: "backup", AssumeRolePolicyDocument: "{}" });
  await iam("PutRolePolicy", { RoleName: "backup", PolicyName: "backup", PolicyDocument: POLICY });
  const xml = await iam("CreateAccessKey", { UserName: "backup" });
  const value = (tag: string): string => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(xml)?.[1] ?? "";
  return { AWS_ACCESS_KEY_ID: value("AccessKeyId"), AWS_SECRET_ACCESS_KEY: value("SecretAccessKey") };
};

export type MotoServer = { url: string; stop: () => Promise<void> };

/** The emulator with nothing in it; `settings` as its documentation names them. */
export const startMotoServer = async (settings: Readonly<Record<string, string>> = {}): Promise<MotoServer> => {
  const env = { ...process.env, INITIAL_NO_AUTH_ACTION_COUNT: String(ALWAYS_OPEN), ...settings };
  const child = spawn(command ?? "", ["-H", "127.0.0.1", "-p", "0"], { env, stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  try {
    return { url: await addressIn(child), stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};

export const startMoto = async (): Promise<Moto> => {
  const { url, stop } = await startMotoServer({ MOTO_S3_DEFAULT_MAX_KEYS: KEYS_MAX });
  try {
    await fetch(`${url}/${BUCKET}`, { method: "PUT" });
    return {
      url,
      keys: await makeIdentities(url),
      verifies: async (yes) => void (await fetch(`${url}/moto-api/reset-auth`, { method: "POST", body: String(yes ? 0 : ALWAYS_OPEN) })),
      unfinished: async () => (await (await fetch(`${url}/${BUCKET}?uploads=`)).text()).split("<Upload>").length - 1,
      stop,
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};
