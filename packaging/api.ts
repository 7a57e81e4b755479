/** The reference of the components, made of their doc comments: `docs/components.md`. */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const ROOT = resolve(__dirname, "..");
const ENTRY = join(ROOT, "components/index.ts");

/** What is described, with the arguments that each takes. */
const DESCRIBED = [
  { name: "CanaryApp", args: "CanaryAppArgs" },
  { name: "Workload", args: "Workload" },
  { name: "canaryRoutes", args: "CanaryRoutesArgs" },
  { name: "TraefikEdge", args: "TraefikEdgeArgs" },
  { name: "CanaryFleet", args: "CanaryFleetArgs" },
  { name: "FleetCanary", args: "FleetCanary" },
  { name: "EdgeNodes", args: "EdgeNodesArgs" },
] as const;

const HEAD = `# Components

What \`canary-traffic/components\` exports, made of its doc comments by \`npm run docs\`. [package.md](package.md#components) shows
a program that uses them. Each component also takes Pulumi's own options, such as \`dependsOn\` and \`provider\`, as a last argument.
`;

/** The page's text. */
export function componentsPage(): string {
  const program = ts.createProgram([ENTRY], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.CommonJS,
    strict: true,
    noEmit: true,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(ENTRY);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${ENTRY}: can't be read`);
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]));
  const find = (name: string): ts.Symbol => {
    const symbol = exported.get(name);
    if (symbol === undefined) throw new Error(`${name}: is not exported`);
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  };
  return [HEAD, ...DESCRIBED.map(({ name, args }) => section(checker, name, find(name), find(args)))].join(
    "\n",
  );
}

function section(checker: ts.TypeChecker, name: string, symbol: ts.Symbol, args: ts.Symbol): string {
  const rows = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(args)).map((property) => {
    const { description, tags } = commentOf(checker, property);
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
    const at = `${args.name}.${property.name}`;
    const fallback = isOptional ? words(tagOf(tags, "default", at)) : "needed";
    const example = code(tagOf(tags, "example", at));
    return `| \`${property.name}\` | ${fallback} | ${description} | ${example} |`;
  });
  const { description, tags } = commentOf(checker, symbol);
  return [
    `## ${name}`,
    "",
    description,
    ...(tags.example === undefined ? [] : ["", tags.example]),
    "",
    "| argument | default | what it is | example |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function tagOf(tags: Comment["tags"], name: string, at: string): string {
  const text = tags[name];
  if (text === undefined) throw new Error(`${at}: its doc comment has no @${name}`);
  return text;
}

interface Comment {
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}

function commentOf(checker: ts.TypeChecker, symbol: ts.Symbol): Comment {
  const tags = symbol
    .getJsDocTags(checker)
    .map(({ name, text }) => [name, ts.displayPartsToString(text).trim()]);
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => paragraph.replaceAll(/\s*\n\s*/g, " "));
  const isRow = (symbol.flags & ts.SymbolFlags.Property) !== 0;
  return {
    description: isRow ? paragraphs.join(" ").replaceAll("|", "\\|") : paragraphs.join("\n\n"),
    tags: Object.fromEntries(tags),
  };
}

const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;

/** A default that is a value, as code; one that is a sentence, as it is. */
const words = (text: string): string =>
  /^(["[{\d]|true$|false$)/.test(text) && !/ or /.test(text) ? code(text) : text;

if (process.argv[1] !== undefined && resolve(process.argv[1]) === join(__dirname, "api.ts"))
  writeFileSync(join(ROOT, "docs/components.md"), componentsPage());
