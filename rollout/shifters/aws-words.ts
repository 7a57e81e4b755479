/** Command lines of the AWS CLI that ask the stack's account. */
import { shellLine } from "../../base/escape";
import { type AwsRole, rolesOf } from "../../status/aws-access";
import { StatusError } from "../../status/errors";
import type { ProviderValues } from "../../status/kubeconfig";

/** `aws` with the stack's region, and with its profile unless roles were assumed by that before. */
export const awsWords = (values: ProviderValues): string[] => words(values, rolesIn(values).length === 0);

function words(
  { "aws:region": region, "aws:profile": profile }: ProviderValues,
  isProfiled: boolean,
): string[] {
  return [
    "aws",
    ...(region === undefined ? [] : ["--region", region]),
    ...(profile === undefined || !isProfiled ? [] : ["--profile", profile]),
  ];
}

/** Lines that have those after them ask as the stack's roles, each assumed by the one before. */
export const asRoles = (values: ProviderValues): string[] =>
  rolesIn(values).map(({ roleArn = "", sessionName = "canary-traffic", externalId }, i) => {
    const role = ["--role-arn", roleArn, "--role-session-name", sessionName];
    const outside = externalId === undefined ? [] : ["--external-id", externalId];
    const asked = [...words(values, i === 0), "sts", "assume-role", ...role, ...outside];
    return `export $(${shellLine([...asked, "--query", VARIABLES, "--output", "text"])})`;
  });

/** The AWS CLI's variables with their values, as JMESPath. */
const VARIABLES = `Credentials.[${[
  ["AWS_ACCESS_KEY_ID", "AccessKeyId"],
  ["AWS_SECRET_ACCESS_KEY", "SecretAccessKey"],
  ["AWS_SESSION_TOKEN", "SessionToken"],
]
  .map(([variable, key]) => `join('=', ['${variable}', ${key}])`)
  .join(", ")}]`;

/** Roles that can be read here, and that a person can assume: web identities are those of machines. */
function rolesIn(values: ProviderValues): readonly AwsRole[] {
  try {
    return rolesOf(values).filter(
      (role) => role.webIdentityToken === undefined && role.webIdentityTokenFile === undefined,
    );
  } catch (error) {
    if (error instanceof StatusError) return [];
    throw error;
  }
}
