/**
 * What stands before an emulator of AWS in tests: it writes down which actions were asked for, answers EKS itself, lets a test stand in the
 * way of a call, and hands everything else on as it came.
 */
import { createServer, request as ask, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { actionOf, resourceOf, serviceOf, type Call } from "./calls.ts";
import { openCorrections } from "./corrections.ts";
import { openEks, type EksOptions } from "./eks.ts";

export const ACCOUNT = "123456789012";

export type Recorded = { action: string; resource: string; status: number; message: string };
export type Front = {
  url: string;
  calls: Recorded[];
  close: () => Promise<void>;
};

export type FrontOptions = {
  /** The emulator. */
  upstream: string;
  region: string;
  api?: EksOptions["api"];
  /** Hears of a call before it is answered, which waits for it. */
  before?: (action: string) => Promise<void> | void;
};

type Said = { status: number; headers: IncomingHttpHeaders; bytes: Buffer };

const bytesOf = async (stream: AsyncIterable<unknown>): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of stream) if (part instanceof Uint8Array) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
};

/** What the emulator says. */
const handOn = (upstream: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Said> =>
  new Promise((resolve, reject) => {
    const asked = ask(new URL(url ?? "/", upstream), { method, headers }, (answer) => {
      const { "transfer-encoding": _, "content-length": _length, ...theirs } = answer.headers;
      const said = { status: answer.statusCode ?? 502, headers: method === "HEAD" ? answer.headers : theirs };
      bytesOf(answer).then((bytes) => resolve({ ...said, bytes }), reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });

/** A call of EC2 that EKS makes itself. */
const ec2 = async (upstream: string, region: string, Action: string, more: Readonly<Record<string, string>>): Promise<string> => {
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    authorization: `AWS4-HMAC-SHA256 Credential=eks/20260101/${region}/ec2/aws4_request, SignedHeaders=host, Signature=none`,
  };
  const body = new URLSearchParams({ Action, Version: "2016-11-15", ...more }).toString();
  return (await fetch(upstream, { method: "POST", headers, body })).text();
};
const within = (xml: string, tag: string): string => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(xml)?.[1] ?? "";

const NOWHERE = { endpoint: "https://eks.invalid", certificate: "" };

export const startFront = async ({ upstream, region, api = NOWHERE, before }: FrontOptions): Promise<Front> => {
  const calls: Recorded[] = [];
  const corrections = openCorrections();
  const eks = openEks({
    region,
    account: ACCOUNT,
    api,
    makeSecurityGroup: async (cluster, [subnet = ""]) => {
      const vpc = within(await ec2(upstream, region, "DescribeSubnets", { "SubnetId.1": subnet }), "vpcId");
      const named = { GroupName: `eks-cluster-sg-${cluster}`, GroupDescription: "EKS created security group", VpcId: vpc };
      return within(await ec2(upstream, region, "CreateSecurityGroup", named), "groupId");
    },
    removeSecurityGroup: async (id) => void (await ec2(upstream, region, "DeleteSecurityGroup", { GroupId: id })),
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await bytesOf(request);
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", upstream);
    const { authorization, "x-amz-target": target } = request.headers;
    const type = request.headers["content-type"] ?? "";
    const form = type.startsWith("application/x-www-form-urlencoded") ? bytes.toString("utf8") : "";
    const json: Call["json"] = type.startsWith("application/x-amz-json") ? JSON.parse(bytes.toString("utf8") || "{}") : {};
    const headers = { authorization, "x-amz-target": typeof target === "string" ? target : undefined };
    const call: Call = { method: request.method ?? "GET", path, query, headers, form, json };
    const [action, resource] = [actionOf(call), resourceOf(call)];
    await before?.(action);
    corrections.hear(action, call.form);
    if (serviceOf(call) !== "eks") {
      const said = await handOn(upstream, request, bytes);
      const isXml = call.form !== "";
      const answer = isXml ? Buffer.from(corrections.correct(action, said.bytes.toString("utf8"))) : said.bytes;
      response.writeHead(said.status, said.headers).end(answer);
      return void calls.push({ action, resource, status: said.status, message: said.status < 400 ? "" : answer.toString("utf8") });
    }
    const { status, body } = await eks.answer({ ...call, body: bytes.length === 0 ? {} : JSON.parse(bytes.toString("utf8")) });
    const refusal = status < 400 ? {} : { "x-amzn-errortype": String(body["__type"]) };
    response.writeHead(status, { "content-type": "application/json", ...refusal }).end(JSON.stringify(body));
    calls.push({ action, resource, status, message: status < 400 ? "" : String(body["message"]) });
  };
  const server = createServer((request, response) => {
    // Not of the kind that clients try twenty-five times.
    handle(request, response).catch((thrown: unknown) => response.writeHead(400).end(String(thrown)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
