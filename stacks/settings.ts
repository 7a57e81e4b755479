/** The program's configuration, checked as a whole and with every default filled in. */
import { type AppSettings, appSettings } from "./apps";
import { clashes, contradictions } from "./checks";
import { problemsOf, SettingsError } from "./problems";
import { type AwsSettings, type PolicySettings, schema, type TraefikSettings } from "./schema";

export { SettingsError } from "./problems";

interface Common {
  readonly apps: readonly AppSettings[];
  /** Whether what requests pass through can't be deleted or replaced. */
  readonly protect: boolean;
  readonly policies: PolicySettings;
}

export interface ElbSettings extends Common {
  readonly platform: "elb";
  readonly aws: AwsSettings & { readonly maxSize: number; readonly canaryAmiId: string };
}

export interface KubernetesSettings extends Common {
  readonly platform: "kubernetes";
  readonly traefik: TraefikSettings;
  /** Names, per app, of the variables whose values are the stack's `secrets`. */
  readonly secretNames: Readonly<Record<string, readonly string[]>>;
}

export type Settings = ElbSettings | KubernetesSettings;

/**
 * Reads a whole configuration.
 *
 * @param raw the stack's configuration without its namespace, as decoded from YAML or a command line
 * @throws SettingsError with all problems at once
 */
export function parseSettings(raw: Record<string, unknown>): Settings {
  const result = schema.safeParse(raw);
  if (!result.success) throw new SettingsError(problemsOf(result.error, raw, schema, ["secrets"]));
  const parsed = result.data;
  const problems = contradictions(parsed);
  if (problems.length > 0) throw new SettingsError(problems);

  const apps = Object.entries(parsed.apps).map(([name, app]) => appSettings(parsed, name, app));
  const { protect, policies } = parsed;
  const clashing = clashes(parsed, apps);
  if (clashing.length > 0) throw new SettingsError(clashing);

  if (parsed.platform === "elb" && parsed.aws !== undefined) {
    const { aws } = parsed;
    const maxSize = aws.maxSize ?? aws.fleetSize * 2;
    return {
      platform: "elb",
      apps,
      protect,
      policies,
      aws: { ...aws, maxSize, canaryAmiId: aws.canaryAmiId ?? aws.amiId },
    };
  }
  const secretNames = Object.fromEntries(
    Object.entries(parsed.secrets).map(([app, variables]) => [app, Object.keys(variables)]),
  );
  return { platform: "kubernetes", apps, protect, policies, traefik: parsed.traefik, secretNames };
}
