/** What was measured, as the page docs/speed.md. */
import { type Limit, limits, names, ofApps, works } from "./limits";
import type { Figures } from "./measure";

export interface Results {
  /** As in 2026-03-01. */
  readonly date: string;
  readonly machine: string;
  /** What was measured, by name. */
  readonly figures: Readonly<Record<string, Figures & { readonly runs: number }>>;
}

const ROWS: readonly string[] = [
  names.node,
  names.sdk,
  names.empty,
  names.devFile,
  names.devCold,
  names.devWarm,
  names.prodFile,
  names.prodCold,
  names.prodWarm,
  names.help,
  names.routers,
  names.abort,
  names.rollback,
  ...([100, 1000] as const).flatMap((count) => [
    count === 100 ? names.naive100 : names.naive1000,
    ...works.map((work) => ofApps(work, count)),
  ]),
  names.engineEmpty,
  names.engineFile,
  names.engineDev,
];

const rounded = (value: number): string =>
  value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString("en");

const ratio = (value: number): string => String(Number(value.toFixed(2)));

const shown: Readonly<Record<Limit["figure"], (value: number) => string>> = {
  cpu: (seconds) => `${rounded(seconds)} s of CPU`,
  wall: (seconds) => `${Math.round(1000 * seconds)} ms`,
  memory: (megabytes) => `${Math.round(megabytes)} MB`,
  bytes: (bytes) => `${(bytes / 1e6).toFixed(1)} MB printed`,
};

/** How a figure lies to its limit: as printed, so that nobody reads another than is judged. */
export function verdict({ subject, figure, most, of }: Limit, figures: Results["figures"]): string {
  const measured = figures[subject]?.[figure];
  const base = of === undefined ? 1 : figures[of]?.[figure];
  const limit = of === undefined ? `at most ${shown[figure](most)}` : `at most ${ratio(most)} times ${of}`;
  if (measured === undefined || base === undefined) return `${limit}: pending`;
  const value = measured / base;
  const text = of === undefined ? shown[figure](value) : ratio(value);
  return `${limit}: ${text}, ${value <= most ? "met" : "**not met**"}`;
}

function row(name: string, figures: Results["figures"]): string {
  const found = figures[name];
  const cells =
    found === undefined
      ? ["pending", "", "", "", ""]
      : [
          `${rounded(found.cpu)} s`,
          `${rounded(found.wall)} s`,
          `${Math.round(found.memory)} MB`,
          rounded(found.cpu / (figures[names.sdk]?.cpu ?? Number.NaN)),
          String(found.runs),
        ];
  const own = limits.filter(({ subject }) => subject === name).map((limit) => verdict(limit, figures));
  return `| ${[name, ...cells, own.join("<br>")].join(" | ")} |`;
}

/** @param rows names of what is shown; default all that can be measured */
export const table = ({ figures }: Results, rows = ROWS): string =>
  [
    "| | CPU | wall | memory | times the SDK | runs | limits |",
    "|---|---|---|---|---|---|---|",
    ...rows.map((name) => row(name, figures)),
  ].join("\n");

export const page = (results: Results): string => `# Speed

What commands cost beside the least that they could. \`npm run bench -- --record\` makes this page: all in one run, interleaved,
medians of as many runs as the table says. Measured on ${results.date}, ${results.machine}.

- *CPU*: user and system of the process and of all that it starts. *Memory*: peak resident memory of its largest Node.js process.
- *Times the SDK*: CPU divided by that of \`node -e 'require("@pulumi/pulumi")'\`, which every program in TypeScript begins with.
- *Cold*: without what an earlier run left in \`node_modules/.cache\`, as in a fresh clone. *Warm*: with it.
- *One file of JavaScript*: the same resources, declared one after the other by a program without any parts of this one, by the same command.
- *Naively*: the same resources in one file of TypeScript, by ts-node with type checks and the SDK's mocks, as Pulumi runs it by default. It declares
  them once; a preview has two sides.
- Previews are of \`-c canaryWeight=25\`; of many apps, each gets another weight.
- *First line*: the process ends with it.

${table(results)}

*Pending* needs \`pulumi\` and \`pulumi-resource-kubernetes\` on PATH.

## What an installed package brings

\`node_modules\` of an empty project, by \`du\`, on 1 December 2026; \`npm run test:package\` holds it below 150 and 215 MB.

| | before | now | of it Pulumi's own SDKs |
|---|---|---|---|
| for Kubernetes | 277 MB | 133 MB | 113 MB |
| for AWS | 339 MB | 195 MB | 175 MB |

Clients of clouds, charts and the like were the most of it, half of that types; their code comes along in two scripts of the package. On AWS it is
not half: \`@pulumi/aws\` alone is 84 MB, and every program imports it. esbuild, which reads programs in TypeScript, is 11 MB.
`;
