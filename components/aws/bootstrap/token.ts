import type { PolicyStatement } from "@pulumi/aws/iam/documents";

/** How a node reads a kind of secret: the permission, and the command of AWS's CLI. */
interface TokenStore {
  readonly action: string;
  command(region: string, arn: string): string;
}

const PARAMETER_STORE: TokenStore = {
  action: "ssm:GetParameter",
  command: (region, arn) =>
    `aws ssm get-parameter --region '${region}' --name '${arn}' --with-decryption ` +
    "--query Parameter.Value --output text",
};

const SECRETS_MANAGER: TokenStore = {
  action: "secretsmanager:GetSecretValue",
  command: (region, arn) =>
    `aws secretsmanager get-secret-value --region '${region}' --secret-id '${arn}' ` +
    "--query SecretString --output text",
};

function storeOf(arn: string): TokenStore {
  return arn.split(":")[2] === "ssm" ? PARAMETER_STORE : SECRETS_MANAGER;
}

/**
 * Lines of a script that put the join token into the variable `token`. They try again until it is there, so that a node
 * outlasts the moments in which its profile is not yet known, and a token that is late.
 *
 * @param arn of a parameter of SSM's Parameter Store, or of a secret of Secrets Manager
 */
export function fetchToken(arn: string): string {
  const region = arn.split(":")[3] ?? "";
  return `until token=$(${storeOf(arn).command(region, arn)}); do sleep 5; done`;
}

/** Lets a node read the one secret. A key of one's own that encrypts it needs kms:Decrypt besides. */
export function tokenStatement(arn: string): PolicyStatement {
  return { Effect: "Allow", Action: storeOf(arn).action, Resource: arn };
}
