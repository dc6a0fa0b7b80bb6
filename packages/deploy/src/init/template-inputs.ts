/**
 * What the Terraform templates need to be told besides name, region and size: the variables of deploy/terraform/CLOUD/infra that have no
 * default, and where the state is kept. A test finds each of them there. Secrets are asked by a shell, never here.
 */
import { isIPv4 } from "node:net";
import { PROVIDERS, type Deployment, type Provider } from "../deployment/deployment.ts";
import type { Answered, Question } from "../interview/question.ts";

type TemplateInput = {
  /** Of the flag. */
  name: string;
  /** The variable of the template. */
  input: string;
  asks: string;
  why: string;
  isList: boolean;
  /** Clouds whose template needs it, with what one looks like and an example. */
  clouds: Readonly<Partial<Record<Provider, { is: string; pattern: RegExp; example: string }>>>;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const UUID_EXAMPLE = "6f1c2d3e-0000-4000-8000-123456789abc";

export const TEMPLATE_INPUTS: readonly TemplateInput[] = [
  {
    name: "admins",
    input: "admin_principals",
    asks: "Who administers the cluster?",
    why: "Nobody else gets in. Separated by commas.",
    isList: true,
    clouds: {
      aws: {
        is: "an ARN of an IAM role or user",
        pattern: /^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)\/[^,\s]+$/,
        example: "arn:aws:iam::123456789012:role/platform",
      },
      azure: { is: "an object id of an Entra group", pattern: UUID, example: UUID_EXAMPLE },
      gcp: { is: "a member", pattern: /^(group|user|serviceAccount):[^@,\s]+@[^@,\s]+$/, example: "group:platform@example.org" },
      oci: { is: "a name of an IAM group", pattern: /^[A-Za-z0-9._/-]+$/, example: "platform" },
    },
  },
  {
    name: "subscription",
    input: "subscription_id",
    asks: "Which subscription holds it?",
    why: "Best one that holds nothing else.",
    isList: false,
    clouds: { azure: { is: "an id of a subscription", pattern: UUID, example: UUID_EXAMPLE } },
  },
  {
    name: "tenant",
    input: "tenant_id",
    asks: "Which Entra tenant are its people in?",
    why: "They sign in to the cluster by it.",
    isList: false,
    clouds: { azure: { is: "an id of a tenant", pattern: UUID, example: UUID_EXAMPLE } },
  },
  {
    name: "appliers",
    input: "applier_cidrs",
    asks: "From which public addresses is it made?",
    why: "The vault lets these in, besides the cloud's own services. Separated by commas.",
    isList: true,
    clouds: {
      azure: { is: "an IPv4 address, or a network of /8 to /30", pattern: /^[0-9.]+(\/([89]|[12][0-9]|30))?$/, example: "203.0.113.7" },
    },
  },
  {
    name: "project",
    input: "project",
    asks: "Which project holds it?",
    why: "One that holds nothing else.",
    isList: false,
    clouds: { gcp: { is: "an id of a project", pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, example: "acme-quality" } },
  },
  {
    name: "compartment",
    input: "compartment_id",
    asks: "Which compartment holds it?",
    why: "One that holds nothing else.",
    isList: false,
    clouds: {
      oci: { is: "an OCID of a compartment", pattern: /^ocid1\.(compartment|tenancy)\.\S+$/, example: "ocid1.compartment.oc1..aaaa" },
    },
  },
  {
    name: "database-secret",
    input: "database_secret_id",
    asks: "Which secret of a vault has the password of the store?",
    why: "You make it; only its OCID is written here.",
    isList: false,
    clouds: { oci: { is: "an OCID of a secret", pattern: /^ocid1\.vaultsecret\.\S+$/, example: "ocid1.vaultsecret.oc1..aaaa" } },
  },
];

/** Variables that are secrets: Terraform takes them from the environment. */
export const TEMPLATE_SECRETS: Readonly<Record<Provider, readonly string[]>> = {
  aws: [],
  azure: ["database_password"],
  gcp: ["database_password"],
  oci: [],
};

const providerOf = ({ provider }: Answered): Provider | undefined => PROVIDERS.find((name) => name === provider);

const words = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** Numbers and dots are an address only where they are four of them. */
const isAddress = (word: string): boolean => !/^[0-9.]+(\/\d+)?$/.test(word) || isIPv4(word.split("/")[0] ?? "");

const inputQuestion = ({ name, asks, why, isList, clouds }: TemplateInput): Question => ({
  name,
  asks: Object.keys(clouds).length === PROVIDERS.length ? asks : `${asks} (${Object.keys(clouds).join(", ")})`,
  why: `${why} Such as ${PROVIDERS.flatMap((provider) => (clouds[provider] === undefined ? [] : [`${clouds[provider].example} (${provider})`])).join(", ")}.`,
  choices: [],
  form: isList ? "list" : "id",
  usual: () => null,
  refuses: (text, before) => {
    const provider = providerOf(before);
    const cloud = provider === undefined ? undefined : clouds[provider];
    const given = isList ? words(text) : [text];
    if (cloud === undefined) return null;
    if (given.length === 0) return `say ${cloud.is}`;
    const wrong = given.find((word) => !cloud.pattern.test(word) || !isAddress(word));
    return wrong === undefined ? null : `${wrong === "" ? "it" : wrong} is not ${cloud.is}`;
  },
  isAsked: (before) => {
    const provider = providerOf(before);
    return provider !== undefined && clouds[provider] !== undefined;
  },
});

export const LOCAL_STATE = "local";

/** Where each cloud's own backend keeps a state: how the place is written, and what Terraform is told of it. */
const STATES: Readonly<
  Record<
    Provider,
    { is: string; parts: number; backend: (place: string[], name: string, region: string) => NonNullable<Deployment["cloud"]>["backend"] }
  >
> = {
  aws: {
    is: "BUCKET",
    parts: 1,
    backend: ([bucket = ""], name, region) => ({ type: "s3", config: { bucket, key: `touchstone/${name}`, region } }),
  },
  azure: {
    is: "ACCOUNT/CONTAINER",
    parts: 2,
    backend: ([account = "", container = ""], name) => ({
      type: "azurerm",
      config: { storage_account_name: account, container_name: container, key: `touchstone/${name}` },
    }),
  },
  gcp: { is: "BUCKET", parts: 1, backend: ([bucket = ""], name) => ({ type: "gcs", config: { bucket, prefix: `touchstone/${name}` } }) },
  oci: {
    is: "NAMESPACE/BUCKET",
    parts: 2,
    backend: ([namespace = "", bucket = ""], name) => ({ type: "oci", config: { namespace, bucket, key: `touchstone/${name}` } }),
  },
};

/** A name of a bucket, an account or a container, on any of the clouds. */
const PLACE = /^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/;

const STATE: Question = {
  name: "state",
  asks: "Where is Terraform's state kept?",
  why: `In a place that is there already and that nobody else reads: ${PROVIDERS.map((provider) => `${STATES[provider].is} (${provider})`).join(", ")}. \`${LOCAL_STATE}\` is for trying it out.`,
  choices: [],
  form: "place",
  usual: () => null,
  refuses: (text, before) => {
    const provider = providerOf(before);
    if (provider === undefined) return null;
    const { is, parts } = STATES[provider];
    const places = text.split("/");
    return text === LOCAL_STATE || (places.length === parts && places.every((place) => PLACE.test(place)))
      ? null
      : `it is ${is}, or ${LOCAL_STATE}`;
  },
  isAsked: (before) => providerOf(before) !== undefined,
};

export const TEMPLATE_QUESTIONS: readonly Question[] = [...TEMPLATE_INPUTS.map(inputQuestion), STATE];

/** `cloud` of deployment.yaml, as these answers mean it. */
export const cloudOf = (answers: Answered): { cloud?: object } => {
  const provider = providerOf(answers);
  if (provider === undefined) return {};
  const [region = "", name = "", state = LOCAL_STATE] = [answers["region"], answers["name"], answers["state"]];
  const inputs = TEMPLATE_INPUTS.filter(({ clouds }) => clouds[provider] !== undefined).map(({ name: called, input, isList }) => {
    const answer = answers[called] ?? "";
    return [input, isList ? words(answer) : answer] as const;
  });
  return {
    cloud: {
      provider,
      region,
      inputs: Object.fromEntries(inputs),
      backend: state === LOCAL_STATE ? { type: "local", config: {} } : STATES[provider].backend(state.split("/"), name, region),
    },
  };
};

/** An answer that is one, for tests and for documentation. */
export const exampleOf = (name: string, provider: Provider): string =>
  name === STATE.name
    ? STATES[provider].is.toLowerCase()
    : (TEMPLATE_INPUTS.find((input) => input.name === name)?.clouds[provider]?.example ?? "");
