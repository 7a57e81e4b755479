import { problemsOf, SettingsError } from "../stacks/problems";
import { type PolicySettings, schema } from "../stacks/schema";

/**
 * The setting `policies`, every default filled in.
 *
 * @param json as Pulumi hands objects to programs; undefined for none
 * @throws SettingsError
 */
export function parsePolicies(json: string | undefined): PolicySettings {
  const raw = { policies: json === undefined ? {} : decode(json) };
  const result = schema.pick({ policies: true }).safeParse(raw);
  if (!result.success) throw new SettingsError(problemsOf(result.error, raw, schema));
  return result.data.policies;
}

function decode(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
