/** What is measured, by name, and what it may cost. */

export const names = {
  node: "node alone",
  sdk: '`require("@pulumi/pulumi")`',
  empty: "an empty program, cold",
  devFile: "dev's resources in one file of JavaScript, cold",
  prodFile: "prod's resources in one file of JavaScript, cold",
  devCold: "`canary preview` of dev, cold",
  prodCold: "`canary preview` of prod, cold",
  devWarm: "`canary preview` of dev, warm",
  prodWarm: "`canary preview` of prod, warm",
  help: "`canary --help`",
  routers: "`canary routers`",
  abort: "`canary abort`, first line",
  rollback: "`canary rollback`, first line",
  naive100: "100 apps' resources, naively",
  naive1000: "1,000 apps' resources, naively",
  engineEmpty: "`pulumi preview` of an empty program, cold",
  engineFile: "`pulumi preview` of dev's resources in one file of JavaScript, cold",
  engineDev: "`pulumi preview` of dev, another weight, cold",
} as const;

/** What commands do with many apps. */
export const works = ["preview", "render", "check", "markdown", "html"] as const;
export type Work = (typeof works)[number];

export const ofApps = (work: Work, count: 100 | 1000): string =>
  `${count.toLocaleString("en")} apps: ${work === "markdown" || work === "html" ? `\`canary preview --format ${work}\`` : `\`canary ${work}\``}`;

export interface Limit {
  readonly subject: string;
  readonly figure: "cpu" | "wall" | "memory" | "bytes";
  /** The most: seconds, MB or bytes; with `of` times the same of that. */
  readonly most: number;
  readonly of?: string;
}

const first = [names.help, names.routers, names.abort, names.rollback];

export const limits: readonly Limit[] = [
  { subject: names.devCold, figure: "cpu", most: 1.4, of: names.sdk },
  { subject: names.devCold, figure: "cpu", most: 1.2, of: names.devFile },
  { subject: names.devCold, figure: "memory", most: 150 },
  { subject: names.prodCold, figure: "cpu", most: 1.8, of: names.sdk },
  { subject: names.prodCold, figure: "cpu", most: 1.2, of: names.prodFile },
  ...first.map((subject): Limit => ({ subject, figure: "wall", most: 0.15 })),
  ...works.flatMap((work): Limit[] => [
    { subject: ofApps(work, 1000), figure: "cpu", most: 1 / 3, of: names.naive1000 },
    { subject: ofApps(work, 1000), figure: "cpu", most: 11, of: ofApps(work, 100) },
    { subject: ofApps(work, 1000), figure: "memory", most: 400 },
  ]),
  { subject: ofApps("html", 1000), figure: "bytes", most: 3e6 },
  { subject: names.engineDev, figure: "cpu", most: 1.1, of: names.engineFile },
  { subject: names.engineDev, figure: "cpu", most: 1.4, of: names.engineEmpty },
  { subject: names.engineDev, figure: "memory", most: 200 },
];
