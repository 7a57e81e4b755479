/** The AWS account, as its provider would find it. */
import { hasFleets } from "../../../stacks/settings";
import { type DoctorCheck, fine, missing, type Patient, unknown } from "../check";
import { DoctorError } from "../errors";

/** Whether the program makes anything in AWS: fleets, or edge nodes. */
const onAws = ({ settings }: Patient): boolean =>
  hasFleets(settings) || ("edge" in settings && settings.edge !== undefined);

const profileOf = ({ configuration, env }: Patient): string | undefined =>
  configuration.values["aws:profile"] ?? env.AWS_PROFILE;

/** The SDK's module. Which versions of Node a later one will need is nothing to tell a user of this command. */
function sts() {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  return import("@aws-sdk/client-sts");
}

async function regionOf(patient: Patient): Promise<string | undefined> {
  const { configuration, env } = patient;
  const said = configuration.values["aws:region"] ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (said !== undefined) return said;
  const { STSClient } = await sts();
  const profile = profileOf(patient);
  try {
    return await new STSClient({ ...(profile && { profile }) }).config.region();
  } catch {
    return undefined;
  }
}

export const region: DoctorCheck = {
  title: "AWS region",
  concerns: onAws,
  async look(patient) {
    const { stack, values } = patient.configuration;
    const found = await regionOf(patient);
    const mend = `pulumi config set aws:region REGION -s ${stack}`;
    if (found === undefined) return missing("neither the stack nor the environment names one", mend);
    return fine(
      values["aws:region"] === undefined ? `${found}, of the environment, as the stack names none` : found,
    );
  },
};

/** A list in a stack's configuration, as the engine has it. */
function listAt(values: Readonly<Record<string, string>>, key: string): string[] {
  try {
    const list: unknown = JSON.parse(values[key] ?? "[]");
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    throw new DoctorError(`${key} is no list`);
  }
}

/** Region of an endpoint if none is set: who somebody is, is the same in each. */
const ANY_REGION = "us-east-1";

export const identity: DoctorCheck = {
  title: "AWS identity",
  concerns: onAws,
  async look(patient, signal) {
    const { values } = patient.configuration;
    const { GetCallerIdentityCommand, STSClient } = await sts();
    const profile = profileOf(patient);
    const client = new STSClient({
      region: (await regionOf(patient)) ?? ANY_REGION,
      maxAttempts: 2,
      ...(profile && { profile }),
    });
    let found: { Account?: string | undefined; Arn?: string | undefined };
    try {
      found = await client.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const name = (error as Error).name;
      return missing(
        `no credentials that AWS takes: ${name}`,
        profile ? `aws sso login --profile ${profile}` : "aws configure, or aws sso login",
      );
    }
    const { Account = "", Arn = "" } = found;
    const allowed = listAt(values, "aws:allowedAccountIds");
    const isForbidden = listAt(values, "aws:forbiddenAccountIds").includes(Account);
    if (isForbidden || (allowed.length > 0 && !allowed.includes(Account)))
      return missing(
        `account ${Account} is not the stack's${allowed.length > 0 ? `, which is ${allowed.join(", ")}` : ""}`,
        "credentials of that account, by AWS_PROFILE or aws:profile",
      );
    if (values["aws:assumeRole"] ?? values["aws:assumeRoles"])
      return unknown(`${Arn}; whether it may assume the stack's role, pulumi preview tells`);
    return fine(Arn);
  },
};
