/** Settings of canaries and of how many pods there are that are refused. */

import { app, dev, myapp, onBoth, prod } from "../raw";
import type { BadSettings } from ".";

const LONG = "a".repeat(34);

export const badVariants: BadSettings = [
  {
    title: "an app's weight above 100",
    raw: app({ canaryWeight: 200 }),
    line: /^apps\.myapp\.canaryWeight is 200; allowed/,
  },
  {
    title: "a weight without a canary",
    raw: app({ canaryImage: undefined, canaryWeight: 10 }),
    line: /^apps\.myapp\.canaryWeight is 10; allowed: together with canaryImage only$/,
  },
  {
    title: "replicas below 0",
    raw: app({ replicas: -1 }),
    line: /^apps\.myapp\.replicas is -1; allowed: an integer from 0/,
  },
  {
    title: "a canary without a weight",
    raw: app({ canaries: { beta: { image: "a:1" } } }),
    line: /^apps\.myapp\.canaries\.beta\.weight is missing: set it to a number from 0 to 100/,
  },
  {
    title: "a canary that may take no time",
    raw: app({ canaryTimeoutSeconds: 0 }),
    line: /^apps\.myapp\.canaryTimeoutSeconds is 0; allowed: an integer from 1 to 3600 \(seconds\)$/,
  },
  {
    title: "more canaries than a listener takes",
    raw: prod({
      aws: { loadBalancer: "alb" },
      apps: {
        myapp: {
          host: "myapp.example.com",
          canaries: Object.fromEntries("abcde".split("").map((name) => [name, { weight: 1 }])),
        },
      },
    }),
    line: /^apps\.myapp\.canaries is 5; allowed: at most 4, as a listener takes 5 target groups$/,
  },
  {
    title: "a canary that is called primary",
    raw: app({ canaries: { primary: { image: "a:1", weight: 1 } } }),
    line: /^apps\.myapp\.canaries\.primary is "primary"; allowed: a name that no variant has$/,
  },
  {
    title: "a weight of a canary that is not there",
    raw: prod({
      apps: { a: { host: "a.example.com", canaryWeight: 5, canaries: { blue: { weight: 10 } } } },
    }),
    line: /^apps\.a\.canaryWeight is 5; allowed: not together with canaries$/,
  },
  {
    title: "a canary's pods on AWS",
    raw: prod({ apps: { a: { host: "a.example.com", canaries: { blue: { weight: 1, replicas: 2 } } } } }),
    line: /^apps\.a\.canaries\.blue\.replicas is 2; allowed: on platform kubernetes(, migration)? only$/,
  },
  {
    title: "a canary's machine image on Kubernetes",
    raw: app({ canaries: { beta: { image: "a:1", weight: 1, amiId: "ami-0a1b2c3d" } } }),
    line: /^apps\.myapp\.canaries\.beta\.amiId is "ami-0a1b2c3d"; allowed: on platform elb(, migration)? only$/,
  },
  {
    title: "a debug canary where the split decides how many pods there are",
    raw: app({ router: "replicas", debug: { runtimeClass: "kata", sidecar: { image: "perf:1" } } }),
    line: /^apps\.myapp\.debug is \{.*; allowed: with a router other than replicas, whose split is made of numbers of pods$/,
  },
  {
    title: "a debug canary whose tools have a command line for a list of words",
    raw: app({
      debug: { runtimeClass: "kata", sidecar: { image: "alpine:3", command: "sleep infinity" } },
    }),
    line: /^apps\.myapp\.debug\.sidecar\.command is "sleep infinity"; allowed: a list of words$/,
  },
  {
    title: "a debug canary without a sandbox",
    raw: app({ debug: { runtimeClass: "runc", sidecar: { image: "perf:1" } } }),
    line: /^apps\.myapp\.debug\.runtimeClass is "runc"; allowed: one of policies\.sandboxedRuntimeClasses: kata\*, gvisor$/,
  },
  {
    title: "a debug canary without a RuntimeClass",
    raw: app({ debug: { sidecar: { image: "perf:1" } } }),
    line: /^apps\.myapp\.debug\.runtimeClass is missing: set it to the name of a RuntimeClass/,
  },
  {
    title: "a debug canary during a migration",
    raw: onBoth({
      apps: { myapp: { ...myapp, debug: { runtimeClass: "kata", sidecar: { image: "perf:1" } } } },
    }),
    line: /^apps\.myapp\.debug is \{.*; allowed: on platform kubernetes only$/,
  },
  {
    title: "a debug canary whose folder leads elsewhere",
    raw: app({ debug: { runtimeClass: "kata", sidecar: { image: "perf:1", hostPath: "/run/../etc" } } }),
    line: /^apps\.myapp\.debug\.sidecar\.hostPath is "\/run\/\.\.\/etc"; allowed: an absolute path on the node/,
  },
  ...["/", "/.", "/etc", "/run", "/run/outer", "//run/out", "/run/out/.ssh"].map((hostPath) => ({
    title: `a debug canary whose folder is ${hostPath}`,
    raw: app({ debug: { runtimeClass: "kata", sidecar: { image: "perf:1", hostPath } } }),
    line: /^apps\.myapp\.debug\.sidecar\.hostPath is "[^"]+"; allowed: (an absolute path|one of policies\.debugHostPaths, or below: \/run\/out)/,
  })),
  {
    title: "a privileged debug canary in a namespace that the program does not make",
    raw: app({ createNamespace: false, debug: { runtimeClass: "kata", sidecar: { image: "perf:1" } } }),
    line: /^apps\.myapp\.debug\.sidecar is \{.*\}; allowed: without privileged and hostPath, or with createNamespace, as its pods need Pod Security's level privileged/,
  },
  {
    title: "a debug canary that ends, and may not be deleted",
    raw: {
      ...app({ debug: { runtimeClass: "kata", sidecar: { image: "perf:1" }, until: "2999-12-31" } }),
      protect: true,
    },
    line: /^apps\.myapp\.debug\.until is "2999-12-31"; allowed: no date while protect is true/,
  },
  {
    title: "a debug canary's end that is no day",
    raw: app({ debug: { runtimeClass: "kata", sidecar: { image: "perf:1" }, until: "soon" } }),
    line: /^apps\.myapp\.debug\.until is "soon"; allowed: a date such as 2027-01-31, the debug canary's last day$/,
  },
  {
    title: "a canary with the debug canary's name",
    raw: app({
      debug: { runtimeClass: "kata", sidecar: { image: "perf:1" } },
      canaries: { debug: { image: "a:1", weight: 1 } },
    }),
    line: /^apps\.myapp\.canaries\.debug is "debug"; allowed: a name that no variant has$/,
  },
  {
    title: "a branch with a canary's name",
    raw: app({ branches: { images: { canary: "a:1" } } }),
    line: /^apps\.myapp\.branches\.images\.canary is "canary"; allowed: a name that no variant has$/,
  },
  {
    title: "a branch that is no host name's part",
    raw: app({ branches: { images: { "feature/login": "a:1" } } }),
    line: /^apps\.myapp\.branches\.images\["feature\/login"\] is "feature\/login"; allowed: as a key, a name/,
  },
  {
    title: "an autoscaler whose most is less than its least",
    raw: app({ autoscaling: { min: 4, max: 3 } }),
    line: /^apps\.myapp\.autoscaling\.max is 3; allowed: at least autoscaling\.min, which is 4$/,
  },
  {
    title: "a number of pods beside an autoscaler",
    raw: app({ autoscaling: { min: 4, max: 8 }, replicas: 3 }),
    line: /^apps\.myapp\.replicas is 3; allowed: no number beside autoscaling/,
  },
  {
    title: "an autoscaler that would move the split",
    raw: app({ autoscaling: { min: 4, max: 8 }, router: "replicas" }),
    line: /^apps\.myapp\.autoscaling is \{.*; allowed: with a router other than replicas, whose split is made of numbers of pods$/,
  },
  {
    title: "a canary without the pods for its share of the traffic",
    raw: app({ canaryWeight: 25, replicas: 10, minReadyCapacity: 10 }),
    line: /^apps\.myapp\.canaryReplicas is 1; allowed: 3 or more: 25 % of the 10 that minReadyCapacity says all traffic takes$/,
  },
  {
    title: "a debug canary, which has one pod, with the traffic of many",
    raw: app({
      replicas: 10,
      minReadyCapacity: 10,
      canaryWeight: 0,
      debug: { runtimeClass: "kata", sidecar: { image: "perf:1" }, weight: 20 },
    }),
    line: /^apps\.myapp\.debug\.weight is 20; allowed: what one pod can take of the 10 that minReadyCapacity says/,
  },
  {
    title: "a primary without the pods for a rollback",
    raw: app({ canaryWeight: 25, replicas: 8, canaryReplicas: 3, minReadyCapacity: 10 }),
    line: /^apps\.myapp\.replicas is 8; allowed: 10 or more: all, as a rollback takes, of the 10 that/,
  },
  {
    title: "fewer pods than all traffic takes, where the split is made of pods",
    raw: app({ canaryWeight: 25, replicas: 8, router: "replicas", minReadyCapacity: 10 }),
    line: /^apps\.myapp\.replicas is 8; allowed: 10 or more: all, as a rollback takes, of the 10 that/,
  },
  {
    title: "a canary that scales, where its pods have to be there before its weight",
    raw: app({ autoscaling: { min: 10, max: 20, canaries: true }, minReadyCapacity: 10 }),
    line: /^apps\.myapp\.autoscaling\.canaries is true; allowed: false together with minReadyCapacity: no weight waits for an autoscaler's pods$/,
  },
  {
    title: "app and canary with names that are too long together",
    raw: {
      ...dev({}),
      apps: {
        [LONG]: {
          host: "a.example.com",
          image: "a:1",
          canaries: { [LONG.slice(2)]: { image: "a:2", weight: 1 } },
          branches: { images: { short: "a:3" } },
        },
      },
    },
    line: /^apps\.a{34} is "a{34}"; allowed: at most 30 characters beside canary a{32}: together they name a Service, of at most 63$/,
  },
  {
    title: "a canary by the name of the baseline",
    raw: dev({ apps: { myapp: { canaries: { baseline: { image: "myapp:2.0.0", weight: 2 } } } } }),
    line: /^apps\.myapp\.canaries\.baseline is "baseline"; allowed: another name: rollout\.baseline has it$/,
  },
];
