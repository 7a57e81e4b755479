/** The files of a project of somebody's own. */
import * as yaml from "yaml";
import * as own from "../../package.json";
import { SETTINGS_NAMESPACE } from "../../stacks/raw";
import { hasSide, type InitAnswers, listOf } from "./questions";

/** Texts by file, relative to the project's folder. */
export type Files = ReadonlyMap<string, string>;

/** Files that a project may have already, and then keeps as they are. */
export const KEPT = ["package.json", "tsconfig.json", ".gitignore"];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
const OWN: Manifest = own;

/** What a project imports. */
export const OWN_NAME = OWN.name;

/** Without what lets a package manager take a version that nobody tried. */
const exact = (range: string | undefined): string => (range ?? "*").replace(/^[\^~]/, "");

/** All files of a project but its stack's. */
export function projectFiles(answers: InitAnswers): Files {
  const { name = "", app } = answers;
  return new Map([
    [
      "Pulumi.yaml",
      yaml.stringify({
        name,
        description: `Shifts a share of ${app}'s users to a canary with one number`,
        main: "index.ts",
        runtime: "nodejs",
      }),
    ],
    ["index.ts", `import { program } from "${OWN.name}";\n\nexport = program();\n`],
    ["package.json", json(packageJson(answers))],
    ["tsconfig.json", json(TSCONFIG)],
    [".gitignore", "node_modules/\n.canary/\n"],
  ]);
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

const TSCONFIG = {
  compilerOptions: {
    target: "es2022",
    module: "nodenext",
    moduleResolution: "nodenext",
    strict: true,
    esModuleInterop: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
  },
  files: ["index.ts"],
};

const ranges = { ...OWN.devDependencies, ...OWN.dependencies, ...OWN.peerDependencies };
const versions = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, exact(ranges[name])]));

/** This package, and those of Pulumi's that the platform needs: each that is there brings a provider of its own. */
export function packagesFor({ platform }: InitAnswers): Record<string, string> {
  const needed = [
    "@pulumi/pulumi",
    ...(hasSide("hasFleets", platform) ? ["@pulumi/aws"] : []),
    ...(hasSide("hasCluster", platform) ? ["@pulumi/kubernetes"] : []),
  ];
  return { [OWN.name]: OWN.version, ...versions(needed) };
}

const packageJson = (answers: InitAnswers): object => ({
  name: answers.name?.toLowerCase(),
  private: true,
  dependencies: packagesFor(answers),
  devDependencies: versions(["@types/node", "typescript"]),
});

/** Where editors find the schema of what follows. */
const EDITORS = `# yaml-language-server: $schema=./node_modules/${OWN.name}/schema.json\n`;

/** The stack's file: strict where an absent key means what it meant of old. */
export function stackText(answers: InitAnswers): string {
  const { platform, region } = answers;
  const settings = hasSide("hasFleets", platform) ? fleetSettings(answers) : clusterSettings(answers);
  const config = Object.entries({ platform, canaryWeight: "0", ...settings }).map(
    ([key, value]) => [`${SETTINGS_NAMESPACE}:${key}`, value] as const,
  );
  const all = { ...(region && { "aws:region": region }), ...Object.fromEntries(config) };
  return EDITORS + yaml.stringify({ config: all }, { lineWidth: 0 });
}

const some = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function fleetSettings({ from, app = "", host, canaryHost, zone, ...answers }: InitAnswers): object {
  if (from !== undefined) return { apps: { [app]: some({ host, canaryHost }) }, aws: { zoneId: zone } };
  const { vpc, subnets = "", ami, canaryAmi, certificate, loadBalancer } = answers;
  const aws = some({
    vpcId: vpc,
    publicSubnetIds: listOf(subnets),
    zoneId: zone,
    amiId: ami,
    canaryAmiId: canaryAmi,
    loadBalancer,
    certificateArn: certificate,
    ...(loadBalancer === "alb" && { strictHttp: true }),
    ...(loadBalancer === "alb" && certificate && { redirectToHttps: true }),
  });
  return { protect: true, apps: { [app]: { host } }, aws };
}

function clusterSettings(answers: InitAnswers): object {
  const { from, app = "", host, canaryHost, image, canaryImage, router } = answers;
  const strict = { runAsNonRoot: true };
  return {
    router,
    // What limits the whole cluster's Traefik, and pods that are new: those that run already stay as they are.
    traefik: { clusterWide: false, bodySeconds: 3600 },
    apps: { [app]: some({ host, canaryHost, image, canaryImage, ...(from === undefined && strict) }) },
  };
}
