/** Reads the objects of a YAML file as kubectl does, and says of each what is wrong with it. */
import type { Document, DocumentOptions, ParseOptions, SchemaOptions, Tags } from "yaml";
import { repeatedKey } from "../../../base/repeated-key";
import { type ApiObject, at, type Fields, isFields, listAt, type Plain } from "./object";

export interface ReadManifest {
  readonly objects: readonly ApiObject[];
  /** What is wrong, each the end of a sentence that says what is allowed. */
  readonly problems: readonly string[];
}

/**
 * kubectl reads YAML 1.1 by go-yaml, in which `0644` is octal and `on` true, but no number has base 60 and no text is a date.
 * https://github.com/go-yaml/yaml#compatibility
 */
const AS_KUBECTL: ParseOptions & DocumentOptions & SchemaOptions = {
  version: "1.1",
  uniqueKeys: false,
  customTags: (tags: Tags) =>
    tags.filter(
      (tag) => typeof tag === "string" || (tag.format !== "TIME" && !tag.tag.endsWith(":timestamp")),
    ),
};

/** What only a template of Helm's has: alerts and dashboards within a ConfigMap have braces, too. */
const HELM = /\{\{-?\s*(\.(Values|Release|Chart|Capabilities|Files)\b|include\b|toYaml\b)/;

const RENDERED = "render it first, helm template NAME CHART > FILE, and name that file";

/** The objects of a file, whose documents may be lists of objects. */
export function readManifest(text: string): ReadManifest {
  if (HELM.test(text)) return { objects: [], problems: [`no template of Helm's: ${RENDERED}`] };
  const { parseAllDocuments, LineCounter, visit }: typeof import("yaml") = require("yaml");
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...AS_KUBECTL, lineCounter: lines, logLevel: "silent" });
  const problems: string[] = [];
  const objects: ApiObject[] = [];
  for (const [i, document] of [...documents].entries()) {
    const line = lines.linePos(document.contents?.range?.[0] ?? document.range[0]).line;
    const where = `document ${i + 1} (line ${line})`;
    const [error] = document.errors;
    if (error !== undefined) {
      const template = /\{\{/.test(text) ? `; if it is a template, ${RENDERED}` : "";
      const place = lines.linePos(error.pos[0]).line;
      problems.push(`YAML in ${where}: ${firstLine(error.message)} (line ${place})${template}`);
      continue;
    }
    const again = repeatedKey(document, visit);
    if (again !== undefined) {
      problems.push(`YAML in ${where}: Map keys must be unique (line ${lines.linePos(again).line})`);
      continue;
    }
    const braces = keyOfBraces(document, visit);
    if (braces !== undefined) {
      problems.push(
        `texts as keys, in ${where}: line ${lines.linePos(braces).line} has braces for one; of a template, ${RENDERED}`,
      );
      continue;
    }
    const content = document.toJS() as Plain | undefined;
    if (content === null || content === undefined) continue;
    for (const { object, place } of itemsOf(content, where)) {
      const wrong = wrongWith(object);
      if (wrong === undefined) objects.push(object as ApiObject);
      else problems.push(`in ${place}, ${wrong}`);
    }
  }
  if (objects.length === 0 && problems.length === 0)
    problems.push("objects of Kubernetes: the file has none");
  return { objects, problems: [...problems, ...twice(objects)] };
}

/** Where a map is the key of a map, as YAML takes `{{ name }}`; undefined if there is none. */
function keyOfBraces(document: Document.Parsed, visit: typeof import("yaml").visit): number | undefined {
  let found: number | undefined;
  visit(document, {
    Pair: (_, { key }) => {
      if (typeof key !== "object" || key === null || !("items" in key) || !("range" in key)) return undefined;
      found = (key.range as readonly number[])[0];
      return visit.BREAK;
    },
  });
  return found;
}

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").replace(/ at line \d+.*$/, "");

/** An object, or the items of a list of objects. */
function itemsOf(content: Plain, where: string): { object: Plain; place: string }[] {
  const kind = at(content, "kind");
  if (typeof kind !== "string" || !kind.endsWith("List") || at(content, "items") === undefined)
    return [{ object: content, place: where }];
  return listAt(content, "items").map((object, i) => ({ object, place: `${where}, items[${i}]` }));
}

/** Why something is no object that can be declared; undefined if it can. */
function wrongWith(object: Plain): string | undefined {
  if (!isFields(object)) return "an object with apiVersion, kind and metadata";
  const { apiVersion, kind, metadata } = object;
  if (
    typeof kind === "string" &&
    typeof apiVersion === "string" &&
    apiVersion.startsWith("kustomize.config.k8s.io/")
  )
    return `no Kustomization: render it first, kubectl kustomize FOLDER > FILE, and name that file`;
  for (const [name, value] of Object.entries({ apiVersion, kind })) {
    if (typeof value !== "string" || value === "") return `a text as ${name}`;
  }
  const title = `${kind} `;
  if (!isFields(metadata)) return `metadata of the ${title}`.trimEnd();
  if (metadata.generateName !== undefined && metadata.name === undefined)
    return `metadata.name of the ${title}in place of generateName, which would make another object by each update`;
  if (typeof metadata.name !== "string" || metadata.name === "")
    return `a text as metadata.name of the ${title}`.trimEnd();
  for (const key of ["labels", "annotations"]) {
    const [name, value] =
      Object.entries(isFields(metadata[key]) ? (metadata[key] as Fields) : {}).find(
        ([, each]) => typeof each !== "string",
      ) ?? [];
    if (name !== undefined)
      return `a text as metadata.${key} ${name} of ${title}${metadata.name}, in quotes: ${JSON.stringify(value)} is none`;
  }
  return undefined;
}

/** Objects that the file has more than once. */
function twice(objects: readonly ApiObject[]): string[] {
  const ids = objects.map(idOf);
  const more = new Set(ids.filter((id, i) => ids.indexOf(id) < i));
  return [...more].map((id) => `${id} once`);
}

/** What tells an object from all others, for people, too: `Deployment web in shop`. */
export const idOf = ({ kind, metadata: { name, namespace } }: ApiObject): string =>
  `${kind} ${name}${typeof namespace === "string" ? ` in ${namespace}` : ""}`;
