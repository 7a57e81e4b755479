/** Settings of a stack as a whole, of its policies and secrets that are refused. */

import { dev, prod } from "../raw";
import type { BadSettings } from ".";

export const badStacks: BadSettings = [
  {
    title: "an unknown platform",
    raw: dev({ platform: "gke" }),
    line: /^platform is "gke"; allowed: one of elb/,
  },
  {
    title: "a weight above 100",
    raw: dev({ canaryWeight: 100.5 }),
    line: /^canaryWeight is "?100\.5"?; allowed: a number from 0 to 100/,
  },
  {
    title: "a negative weight",
    raw: dev({ canaryWeight: "-1" }),
    line: /^canaryWeight is "-1"; allowed: a number from 0/,
  },
  {
    title: "a weight of three decimals",
    raw: dev({ canaryWeight: 0.125 }),
    line: /^canaryWeight is "?0\.125"?; .*at most two decimals$/,
  },
  {
    title: "a weight that is a word",
    raw: dev({ canaryWeight: "ten" }),
    line: /^canaryWeight is "ten"; allowed: a number/,
  },
  {
    title: "a weight with a percent sign",
    raw: dev({ canaryWeight: "10%" }),
    line: /^canaryWeight is "10%"/,
  },
  {
    title: "a misspelt key",
    raw: dev({ canaryWieght: 10 }),
    line: /^canaryWieght: no such key, did you mean canaryWeight\? allowed: canaryWeight, /,
  },
  {
    title: "secrets of an app that is not there",
    raw: dev({ secrets: { other: { KEY: "hidden" } } }),
    line: /^secrets\.other: no such key; allowed: myapp$/,
  },
  {
    title: "secrets that are a text",
    raw: dev({ secrets: "hunter2" }),
    line: /^secrets is \[secret\]; allowed: a map from app names to variables$/,
  },
  {
    title: "secrets of an app that are a text",
    raw: dev({ secrets: { myapp: "hunter2" } }),
    line: /^secrets\.myapp is \[secret\]; allowed: a map from variable names to texts$/,
  },
  {
    title: "secrets of an app with the name of every object's property",
    raw: dev({ secrets: { constructor: { KEY: "hidden" } } }),
    line: /^secrets\.constructor: no such key; allowed: myapp$/,
  },
  {
    title: "a top-level key that every object has",
    raw: { ...dev({}), constructor: 3 },
    line: /^constructor: no such key; allowed: /,
  },
  {
    title: "secrets on AWS",
    raw: prod({ secrets: { myapp: { KEY: "hunter2" } } }),
    line: /^secrets is \[secret\]; allowed: on platform kubernetes(, migration)? only$/,
  },
  {
    title: "a resource to adopt without an id",
    raw: prod({ adopt: { "Group/myapp": "" } }),
    line: /^adopt\["Group\/myapp"\] is ""; allowed: an id$/,
  },
  {
    title: "resources to adopt that are a list",
    raw: prod({ adopt: ["shop"] }),
    line: /^adopt is \["shop"\]; allowed: a map from resources' names to ids$/,
  },
  {
    title: "no TTL that a load balancer must have been out of use for",
    raw: prod({ policies: { drainTtls: 0 } }),
    line: /^policies\.drainTtls is 0; allowed: an integer from 1 to 1000$/,
  },
  {
    title: "a policy for the cluster on AWS",
    raw: prod({ policies: { admission: true } }),
    line: /^policies\.admission is true; allowed: on platform kubernetes(, migration)? only$/,
  },
];
