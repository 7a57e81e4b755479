/** The AWS account, as its provider would find it. */
import { theirAccount } from "../../../adoption/account";
import { messageOf } from "../../../base/user-error";
import { hostKeys } from "../../../stacks/apps";
import { isExisting } from "../../../stacks/fleets";
import { hasFleets } from "../../../stacks/settings";
import { awsAccount } from "../../../status/account";
import { awsAccess, WrongAccountError } from "../../../status/aws-access";
import { missingFleets } from "../../../status/missing-fleets";
import { type DoctorCheck, fine, missing, type Patient, unknown } from "../check";

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

export const identity: DoctorCheck = {
  title: "AWS identity",
  concerns: onAws,
  async look(patient, signal) {
    const profile = profileOf(patient);
    try {
      return fine((await awsAccess(patient.configuration.values).identity(signal)).arn);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const login = profile ? `aws sso login --profile ${profile}` : "aws configure, or aws sso login";
      return missing(
        messageOf(error),
        error instanceof WrongAccountError
          ? "credentials of that account, by AWS_PROFILE or aws:profile"
          : login,
      );
    }
  },
};

/** The zone that records are made in: that of the fleets, or of the edge nodes. */
function zoneOf({ settings }: Patient): string | undefined {
  if (hasFleets(settings)) return settings.aws.zoneId;
  return "edge" in settings ? settings.edge?.zoneId : undefined;
}

/** Hosts whose records the program makes: others' fleets have those of their makers. */
const hostsOf = ({ settings }: Patient): string[] =>
  settings.apps.filter((app) => !isExisting(app)).flatMap((app) => hostKeys(app).map(({ host }) => host));

/** What Route 53 says of a zone that is another account's, or nobody's. */
const ELSEWHERE = /NoSuchHostedZone|AccessDenied/;

/** One provider makes records and all else: a zone of another account takes a role of that account. */
export const zone: DoctorCheck = {
  title: "hosted zone",
  concerns: (patient) => onAws(patient) && zoneOf(patient) !== undefined,
  async look(patient) {
    const id = zoneOf(patient) ?? "";
    const mend =
      "set aws.zoneId to a zone of the stack's account, or aws:assumeRoles to a role of the zone's";
    const account = await theirAccount(awsAccess(patient.configuration.values));
    try {
      const name = (await account.zoneName(id)).replace(/\.$/, "");
      const outside = hostsOf(patient).filter((host) => host !== name && !host.endsWith(`.${name}`));
      if (outside.length > 0) return missing(`${id} is ${name}, which has no ${outside.join(", ")}`, mend);
      return fine(`${id}, ${name}`);
    } catch (error) {
      const says = messageOf(error);
      return ELSEWHERE.test(says) ? missing(says, mend) : unknown(says);
    }
  },
};

/** What settings name of fleets that others make. */
export const fleets: DoctorCheck = {
  title: "fleets of others",
  concerns: ({ settings }) => settings.apps.some(isExisting),
  async look({ settings, configuration }) {
    const named = settings.apps.filter(isExisting);
    const account = await awsAccount(awsAccess(configuration.values));
    const lines = await missingFleets(named, account);
    if (lines.length === 0)
      return fine(`all that existing names is there, of ${named.map(({ name }) => name).join(", ")}`);
    return missing(
      lines.join("; "),
      "correct existing, or look by aws:region and AWS's credentials where it is",
    );
  },
};
