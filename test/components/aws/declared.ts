import * as pulumi from "@pulumi/pulumi";
import { tracedOnFailure } from "../../../offline/stack-traces";

/** A resource as it reached the mocked engine. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** Ids of the resources that were done when this one began. */
  readonly doneBefore: readonly string[];
}

/** Kinds that others wait for only where they say so: done last, so that a missing dependency shows. */
const SLOW = /:(Group|SecurityGroup(In|E)gressRule)$/;

/** What `program` declares, in the order in which the engine sees it; ids are `<type>/<name>`. */
export function declared(program: () => void): Promise<Declared[]> {
  return tracedOnFailure(() => reached(program));
}

async function reached(program: () => void): Promise<Declared[]> {
  const resources: Declared[] = [];
  const done: string[] = [];
  await pulumi.runtime.setMocks(
    {
      async newResource({ type, name, inputs }) {
        resources.push({ type, name, inputs, doneBefore: [...done] });
        const id = `${type.split(":").at(-1)}/${name}`;
        await new Promise((settled) => setTimeout(settled, SLOW.test(type) ? 10 : 1));
        done.push(id);
        const dnsName = `${name}.elb.amazonaws.com`;
        const ids = { zoneId: "ZELB", arn: `arn:${id}`, arnSuffix: `suffix:${id}`, region: "eu-west-1" };
        const outputs = { name, dnsName, ...ids, latestVersion: 3 };
        return { id, state: { ...inputs, ...outputs } };
      },
      call: () => ({}),
    },
    "canary-traffic",
    "test",
  );
  program();
  await pulumi.runtime.disconnect();
  return resources;
}

/** The inputs of the one resource of that type and name. */
export function inputsOf(
  resources: readonly Declared[],
  type: string,
  name: string,
): Record<string, unknown> {
  const found = resources.filter((resource) => resource.type.endsWith(`:${type}`) && resource.name === name);
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} are named ${name}`);
  return found[0]?.inputs ?? {};
}
