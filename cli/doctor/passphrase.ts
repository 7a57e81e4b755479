/** Whether a passphrase is a stack's own: `encryptionsalt` in its file holds a text that it decrypts. */
import { createDecipheriv, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

/** Of sdk/go/common/resource/config/crypt.go of pulumi/pulumi: AES-256-GCM, its key from PBKDF2 with SHA-256. */
const ITERATIONS = 1_000_000;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** What the salt's second half is the encryption of: pkg/secrets/passphrase/manager.go of pulumi/pulumi. */
const PLAIN = "pulumi";

/**
 * @param salt `v1:SALT:v1:NONCE:CIPHERTEXT`, the last three in base64
 * @returns undefined if the salt is of another kind
 */
export async function isPassphrase(phrase: string, salt: string): Promise<boolean | undefined> {
  const [version, salted, inner, nonce, sealed] = salt.split(":");
  if (version !== "v1" || inner !== "v1" || !salted || !nonce || !sealed) return undefined;
  const bytes = (text: string): Buffer => Buffer.from(text, "base64");
  const key = await promisify(pbkdf2)(phrase, bytes(salted), ITERATIONS, KEY_BYTES, "sha256");
  const whole = bytes(sealed);
  const decipher = createDecipheriv("aes-256-gcm", key, bytes(nonce));
  decipher.setAuthTag(whole.subarray(-TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(whole.subarray(0, -TAG_BYTES)), decipher.final()]);
    return plain.toString() === PLAIN;
  } catch {
    return false;
  }
}
