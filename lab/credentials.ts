/** Keys and tokens of one lab: made anew for each, and of no use outside its namespace. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";

/** Where the API server listens, in the lab's network. */
export const API_PORT = 6443;

/** Files by which the parts of the control plane know each other. */
export interface Credentials {
  /** Signs the tokens of ServiceAccounts. */
  readonly signingKey: string;
  readonly verifyingKey: string;
  /** Tokens that the API server knows beside those: the administrator's alone. */
  readonly tokens: string;
  readonly token: string;
  /** Folder in which the API server puts a certificate, which it signs itself. */
  readonly certificates: string;
}

export function makeCredentials(folder: string): Credentials {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const token = randomBytes(16).toString("hex");
  const secret = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    signingKey: secret("service-accounts.key", privateKey.export({ type: "sec1", format: "pem" })),
    verifyingKey: secret("service-accounts.pub", publicKey.export({ type: "spki", format: "pem" })),
    tokens: secret("tokens.csv", `${token},admin,admin,"system:masters"\n`),
    token,
    certificates: folder,
  };
}

/** The API server's certificate with that of its authority; undefined before it has made them. */
export function certificateFile({ certificates }: Credentials): string | undefined {
  // The key is written last.
  return existsSync(join(certificates, "apiserver.key")) ? join(certificates, "apiserver.crt") : undefined;
}

/** Writes the administrator's kubeconfig. */
export function writeKubeconfig(file: string, certificate: string, token: string): void {
  writeFileSync(file, kubeconfig(readFileSync(certificate), { token }), { mode: 0o600 });
}

/** A kubeconfig for the lab's API server. */
export function kubeconfig(authority: Buffer, user: { token: string } | { tokenFile: string }): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "lab",
    contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
    clusters: [
      {
        name: "lab",
        cluster: {
          server: `https://127.0.0.1:${API_PORT}`,
          "certificate-authority-data": authority.toString("base64"),
        },
      },
    ],
    users: [{ name: "lab", user }],
  });
}
