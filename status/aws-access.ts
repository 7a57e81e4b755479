/** How a stack's provider reaches AWS, for the clients of AWS's SDK. */
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@aws-sdk/types";
import { isUnreadable } from "../base/secrets";
import { messageOf } from "../base/user-error";
import { StatusError } from "./errors";
import type { ProviderValues } from "./kubeconfig";

/** Services by the names that `aws:endpoints` has for them: https://www.pulumi.com/registry/packages/aws/installation-configuration */
export type AwsService = "autoscaling" | "cloudwatch" | "ec2" | "elb" | "elbv2" | "route53" | "sts";

/** What a client of AWS's SDK is made with. */
export interface ClientOptions {
  readonly maxAttempts: number;
  readonly region?: string;
  readonly profile?: string;
  readonly credentials?: AwsCredentialIdentityProvider;
  readonly endpoint?: string;
  readonly useFipsEndpoint?: boolean;
  readonly useDualstackEndpoint?: boolean;
}

/** Who asks. */
export interface AwsIdentity {
  readonly account: string;
  readonly arn: string;
}

export interface AwsAccess {
  /** Undefined if neither the stack nor the environment's variables name it: then a profile may. */
  readonly region: string | undefined;
  options(service: AwsService): ClientOptions;
  /** @throws StatusError if AWS takes no credentials, or the account is not the stack's */
  identity(signal?: AbortSignal): Promise<AwsIdentity>;
}

/** An entry of `aws:assumeRoles`. */
export interface AwsRole {
  readonly roleArn?: string;
  readonly sessionName?: string;
  readonly externalId?: string;
  readonly duration?: string;
  readonly policy?: string;
  readonly policyArns?: readonly string[];
  readonly sourceIdentity?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTagKeys?: readonly string[];
  readonly webIdentityToken?: string;
  readonly webIdentityTokenFile?: string;
}

/** The account is not one that the stack allows. */
export class WrongAccountError extends StatusError {}

/** Which account it is, for people; without its number if AWS does not say who asks. */
export async function shownAccess({ region, identity }: AwsAccess, signal?: AbortSignal): Promise<string> {
  const at = region === undefined ? "" : ` in ${region}`;
  try {
    return `AWS account ${(await identity(signal)).account}${at}`;
  } catch (error) {
    if (error instanceof WrongAccountError) throw error;
    return `AWS${at}`;
  }
}

const SESSION = "canary-traffic";
/** Route 53 and who somebody is are the same in each region, and their clients take none for an answer. */
const ANY_REGION = "us-east-1";

/**
 * Reaches AWS as the engine's provider does, by the stack's `aws:region`, `aws:profile`, `aws:accessKey` and its like, `aws:endpoints`,
 * `aws:assumeRole`, `aws:assumeRoles`, `aws:assumeRoleWithWebIdentity`, `aws:allowedAccountIds` and `aws:forbiddenAccountIds`. What
 * the stack does not say, AWS's usual variables and files do. Nothing is asked before somebody needs credentials.
 *
 * @param region in place of the stack's own
 * @throws StatusError if a key of these can't be read
 */
export function awsAccess(values: ProviderValues, region = values["aws:region"]): AwsAccess {
  // Which versions of Node a later SDK will need is nothing to tell a user of this command.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  useFiles(values);
  const endpoints = Object.assign({}, ...listed(values, "aws:endpoints")) as Record<string, string>;
  const profile = values["aws:profile"];
  const chosen = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  const plain = (service: AwsService): ClientOptions => ({
    maxAttempts: 5,
    ...(chosen !== undefined
      ? { region: chosen }
      : (service === "route53" || service === "sts") && { region: ANY_REGION }),
    ...(profile !== undefined && { profile }),
    ...(endpoints[service] && { endpoint: endpoints[service] }),
    ...(values["aws:useFipsEndpoint"] === "true" && { useFipsEndpoint: true }),
    ...(values["aws:useDualstackEndpoint"] === "true" && { useDualstackEndpoint: true }),
  });
  const assumed = [...keysOf(values), ...rolesOf(values).map(taking)].reduce<
    AwsCredentialIdentityProvider | undefined
  >((before, take) => take({ ...plain("sts"), ...(before && { credentials: before }) }), undefined);
  const limits = {
    allowed: listed(values, "aws:allowedAccountIds").map(String),
    forbidden: listed(values, "aws:forbiddenAccountIds").map(String),
  };
  const unchecked: ClientOptions = { ...plain("sts"), ...(assumed && { credentials: assumed }) };
  const identity = async (signal?: AbortSignal): Promise<AwsIdentity> =>
    allowed(await whoIs(unchecked, signal), limits);
  const isLimited = limits.allowed.length + limits.forbidden.length > 0;
  const checked = isLimited ? guarded(unchecked, identity) : assumed;
  return {
    region: chosen,
    options: (service) => ({ ...plain(service), ...(checked && { credentials: checked }) }),
    identity,
  };
}

/**
 * The same for what must not fail for a key that can't be read, such as going back: then AWS is asked with its usual credentials.
 *
 * @param note told so
 */
export function awsAccessOrUsual(
  values: ProviderValues,
  note: (line: string) => void = () => {},
  region = values["aws:region"],
): AwsAccess {
  try {
    return awsAccess(values, region);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    note(`${error.message}; AWS is asked with its usual credentials`);
    return awsAccess({}, region);
  }
}

/** How metrics of a stack's load balancers are asked for. */
export const metricsReach =
  (values: ProviderValues) =>
  (region: string): ClientOptions =>
    awsAccessOrUsual(values, undefined, region).options("cloudwatch");

/** Gives credentials out once it is known that they are of an account that the stack allows. */
function guarded(
  options: ClientOptions,
  identity: () => Promise<AwsIdentity>,
): AwsCredentialIdentityProvider {
  let known: Promise<AwsIdentity> | undefined;
  return async () => {
    const given = options.credentials ?? (await usual(options.profile));
    known ??= identity();
    try {
      await known;
    } catch (error) {
      known = undefined;
      throw error;
    }
    return given();
  };
}

/** AWS's usual credentials. */
async function usual(profile: string | undefined): Promise<AwsCredentialIdentityProvider> {
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  return defaultProvider(profile === undefined ? {} : { profile });
}

/** Files that the provider reads in place of ~/.aws/config and ~/.aws/credentials; the SDK takes one of each. */
function useFiles(values: ProviderValues): void {
  for (const [key, variable] of [
    ["aws:sharedConfigFiles", "AWS_CONFIG_FILE"],
    ["aws:sharedCredentialsFiles", "AWS_SHARED_CREDENTIALS_FILE"],
  ] as const) {
    const files = listed(values, key).map(String);
    if (files.length > 1) throw new StatusError(`${key} has ${files.length} files: allowed here is one`);
    if (files[0] !== undefined) process.env[variable] = files[0];
  }
}

type Take = (sts: ClientOptions) => AwsCredentialIdentityProvider;

/** The stack's own keys. Encrypted ones stay the engine's: then AWS's usual credentials are taken, which the checks below judge. */
function keysOf(values: ProviderValues): Take[] {
  const [accessKeyId, secretAccessKey, sessionToken] = ["accessKey", "secretKey", "token"].map(
    (key) => values[`aws:${key}`],
  );
  if (accessKeyId === undefined || secretAccessKey === undefined) return [];
  if ([accessKeyId, secretAccessKey, sessionToken].some(isUnreadable)) return [];
  const keys: AwsCredentialIdentity = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  return [() => async () => keys];
}

/** Roles that the stack assumes, in their order. @throws StatusError if a part of one is encrypted */
export function rolesOf(values: ProviderValues): AwsRole[] {
  const web = objectAt(values, "aws:assumeRoleWithWebIdentity");
  const roles = [
    ...(web ? [web] : []),
    ...[objectAt(values, "aws:assumeRole")].filter((one) => one !== undefined),
    ...(listed(values, "aws:assumeRoles") as AwsRole[]),
  ];
  const hidden = roles.find((role) => Object.values(role).some(isUnreadable));
  if (hidden !== undefined)
    throw new StatusError(`role ${hidden.roleArn}: a part of it is encrypted, and has to be read here`);
  return roles.filter(({ roleArn }) => roleArn !== undefined && roleArn !== "");
}

/** Takes on a role by the credentials before it. */
const taking =
  (role: AwsRole): Take =>
  (options) =>
  async () => {
    const { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } = await import(
      "@aws-sdk/client-sts"
    );
    const client = new STSClient(options);
    const { policyArns, tags, transitiveTagKeys, externalId, sourceIdentity, policy } = role;
    const DurationSeconds = secondsOf(role.duration);
    const common = {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName ?? SESSION,
      ...(DurationSeconds !== undefined && { DurationSeconds }),
      ...(policy && { Policy: policy }),
      ...(policyArns && { PolicyArns: policyArns.map((arn) => ({ arn })) }),
    };
    const token = await webToken(role);
    try {
      const { Credentials: found = undefined } =
        token === undefined
          ? await client.send(
              new AssumeRoleCommand({
                ...common,
                ...(externalId && { ExternalId: externalId }),
                ...(sourceIdentity && { SourceIdentity: sourceIdentity }),
                ...(tags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
                ...(transitiveTagKeys && { TransitiveTagKeys: [...transitiveTagKeys] }),
              }),
            )
          : await client.send(new AssumeRoleWithWebIdentityCommand({ ...common, WebIdentityToken: token }));
      if (found?.AccessKeyId === undefined || found.SecretAccessKey === undefined)
        throw new Error("AWS answers without credentials");
      return {
        accessKeyId: found.AccessKeyId,
        secretAccessKey: found.SecretAccessKey,
        ...(found.SessionToken && { sessionToken: found.SessionToken }),
        ...(found.Expiration && { expiration: found.Expiration }),
      };
    } catch (error) {
      if (error instanceof StatusError) throw error;
      throw new StatusError(`role ${role.roleArn} can't be assumed: ${oneLine(error)}`);
    }
  };

async function webToken({ webIdentityToken, webIdentityTokenFile }: AwsRole): Promise<string | undefined> {
  if (webIdentityTokenFile === undefined) return webIdentityToken;
  const { readFile } = await import("node:fs/promises");
  return (await readFile(webIdentityTokenFile, "utf8")).trim();
}

/** Seconds of a duration as Go writes it, such as `1h30m`. */
function secondsOf(duration: string | undefined): number | undefined {
  const parts = [...(duration ?? "").matchAll(/([\d.]+)(h|m|s)/g)];
  const seconds = parts.reduce(
    (sum, [, n, unit]) => sum + Number(n) * { h: 3600, m: 60, s: 1 }[unit as "h"],
    0,
  );
  return parts.length === 0 ? undefined : Math.round(seconds);
}

async function whoIs(options: ClientOptions, signal?: AbortSignal): Promise<AwsIdentity> {
  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts");
  try {
    const answer = await new STSClient({ ...options, maxAttempts: 2 }).send(
      new GetCallerIdentityCommand({}),
      signal && { abortSignal: signal },
    );
    return { account: answer.Account ?? "", arn: answer.Arn ?? "" };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw new StatusError(`AWS takes no credentials: ${oneLine(error)}`);
  }
}

function allowed(
  identity: AwsIdentity,
  limits: { readonly allowed: readonly string[]; readonly forbidden: readonly string[] },
): AwsIdentity {
  const { account } = identity;
  if (limits.forbidden.includes(account))
    throw new WrongAccountError(`AWS account ${account} is one of aws:forbiddenAccountIds`);
  if (limits.allowed.length > 0 && !limits.allowed.includes(account))
    throw new WrongAccountError(
      `AWS account ${account} is not the stack's: aws:allowedAccountIds has ${limits.allowed.join(", ")}`,
    );
  return identity;
}

/** Without keys. */
const oneLine = (error: unknown): string => {
  const reason = messageOf(error).split("\n")[0] ?? "";
  const name = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
  return `${name}${reason}`.replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}/g, "[key]");
};

/** A list of the stack's; one value may stand in its place. */
function listed(values: ProviderValues, key: string): unknown[] {
  const text = values[key];
  if (text === undefined || text === "") return [];
  const value = parsed(key, text);
  return Array.isArray(value) ? value : [value];
}

function objectAt(values: ProviderValues, key: string): AwsRole | undefined {
  const text = values[key];
  if (text === undefined || text === "") return undefined;
  const value = parsed(key, text);
  if (typeof value !== "object" || value === null) throw new StatusError(`${key}: allowed is a map`);
  return value as AwsRole;
}

function parsed(key: string, text: string): unknown {
  if (isUnreadable(text)) throw new StatusError(`${key} is encrypted, and has to be read here`);
  try {
    return JSON.parse(text);
  } catch {
    if (key.endsWith("Files") || key.endsWith("Ids")) return text;
    throw new StatusError(`${key}: allowed is a list or a map`);
  }
}
