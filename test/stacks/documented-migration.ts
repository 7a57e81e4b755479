/** The previews that docs/migration.md shows, from the stack file that it shows. */
import { parse } from "yaml";
import { previewText } from "../../reports/text";
import { phase } from "./migrations";

type Raw = Record<string, unknown>;

/** The object without some keys. */
const without = (raw: Raw, ...keys: string[]): Raw =>
  Object.fromEntries(Object.entries(raw).filter(([key]) => !keys.includes(key)));

/** The settings of the document's stack file. */
function settings(document: string): Raw & { readonly apps: { readonly myapp: Raw }; readonly aws: Raw } {
  const { config } = parse(/```yaml\n(config:\n.*?)```/s.exec(document)?.[1] ?? "") as { config: Raw };
  const own = Object.entries(config).map(([key, value]) => [key.replace("canary-traffic:", ""), value]);
  return Object.fromEntries(own);
}

/** By phase, what `canary preview` prints on its branch. */
export async function documentedPreviews(document: string): Promise<string[]> {
  const start = settings(document);
  const { apps, aws } = start;
  const at = (kubernetesWeight: number, change: Raw = {}): Raw => ({
    ...start,
    dns: { kubernetesWeight },
    aws: { ...aws, ...change },
  });
  const fleets: Raw = {
    ...without(start, "dns"),
    platform: "elb",
    apps: { myapp: without(apps.myapp, "image", "canaryImage", "replicas") },
    aws: without(aws, "edge"),
  };
  const cluster: Raw = {
    ...without(start, "dns"),
    platform: "kubernetes",
    aws: without(aws, "amiId", "canaryAmiId", "instanceType", "fleetSize"),
  };
  const released = at(100, { protectFleets: false });
  const phases: [Raw, Raw][] = [
    [fleets, start],
    [start, at(5)],
    [at(100), released],
    [released, cluster],
  ];
  const texts: string[] = [];
  for (const [from, to] of phases)
    texts.push(previewText(await phase(from, to), { showSames: false, colour: false }));
  return texts;
}
