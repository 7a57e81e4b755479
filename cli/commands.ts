/** What the help says of each command, and where each is: a file is loaded by a command line that has the command's name. */
import type { Command } from "commander";

type Abort = typeof import("./abort");
type Approve = typeof import("./approve");
type Completion = typeof import("./completion");

export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  /** What may follow its name, as the help has it; default `[options]`. */
  readonly usage?: string;
  readonly load: () => Command;
}

/** In the order of the help, by the headings of their groups. */
export const groups: Readonly<Record<string, readonly CommandEntry[]>> = {
  "Something is wrong:": [
    {
      name: "rollback",
      description: "take the canaries' weights to 0 at once, waiting for nothing that is broken",
      load: () => (require("./rollback") as typeof import("./rollback")).rollbackCommand(),
    },
    {
      name: "abort",
      description: "have a rollout roll back",
      load: () => (require("./abort") as Abort).abortCommand(),
    },
    {
      name: "pause",
      description: "have a rollout take no further step until canary resume",
      load: () => (require("./abort") as Abort).pauseCommand(),
    },
    {
      name: "watch",
      description: "look on while a rollout goes on, here or on another machine; changes nothing",
      load: () => (require("./watch") as typeof import("./watch")).watchCommand(),
    },
    {
      name: "watchdog",
      description: "look whether a rollout died, on whichever machine, and left users with its canary",
      load: () => {
        const { watchdogCommand } = require("./watchdog") as typeof import("./watchdog");
        const { systemClock } = require("../analysis/clock") as typeof import("../analysis/clock");
        return watchdogCommand(systemClock);
      },
    },
  ],
  "Look, and change nothing:": [
    {
      name: "preview",
      description: "show what an update would do; needs no cloud, no cluster and no passphrase",
      load: () => (require("./preview") as typeof import("./preview")).previewCommand(),
    },
    {
      name: "check",
      description: "hold an update against the stack's policies",
      load: () => (require("./check") as typeof import("./check")).checkCommand(),
    },
    {
      name: "status",
      description: "compare what is asked for with what AWS and the cluster have; changes nothing",
      load: () => (require("./status") as typeof import("./status")).statusCommand(),
    },
    {
      name: "render",
      description: "print every resource that the program declares",
      load: () => (require("./render") as typeof import("./render")).renderCommand(),
    },
    {
      name: "analyse",
      description:
        "judge a canary by what was counted in a time that is over; exit 1 if it is worse, 3 if nobody can tell",
      load: () => (require("./analyse") as typeof import("./analyse")).analyseCommand(),
    },
    {
      name: "routers",
      description: "print what can split traffic on Kubernetes, and what each of them can do",
      usage: "[options] [name]",
      load: () => (require("./routers") as typeof import("./routers")).routersCommand(),
    },
    {
      name: "schema",
      description: "print the JSON Schema of stacks' files, by which editors complete and check settings",
      usage: "",
      load: () => (require("./schema") as typeof import("./schema")).schemaCommand(),
    },
  ],
  "Roll out:": [
    {
      name: "rollout",
      description: "shift step by step, judge the canary at each step, and roll back by itself when it fails",
      load: () => {
        const { rolloutCommand } = require("./rollout") as typeof import("./rollout");
        const { wiring } = require("../rollout/wiring") as typeof import("../rollout/wiring");
        return rolloutCommand(wiring);
      },
    },
    {
      name: "approve",
      description: "approve the step that a rollout on this machine waits for",
      load: () => (require("./approve") as Approve).approveCommand(),
    },
    {
      name: "judge",
      description: "answer for a metric that a rollout on this machine asks a person about",
      usage: "[options] <verdict>",
      load: () => (require("./approve") as Approve).judgeCommand(),
    },
    {
      name: "resume",
      description: "let a rollout go on that canary pause has paused",
      load: () => (require("./abort") as Abort).resumeCommand(),
    },
    {
      name: "promote",
      description: "make the canary's image the primary's, then return the weight to 0",
      load: () => (require("./promote") as typeof import("./promote")).promoteCommand(),
    },
  ],
  "Change:": [
    {
      name: "up",
      description:
        "update the stack with Pulumi's engine, in two updates where one would take pods before requests",
      load: () => (require("./up") as typeof import("./up")).upCommand(),
    },
    {
      name: "adopt",
      description: "find what the apps run on, and print the settings by which the program takes it over",
      load: () => (require("./adopt") as typeof import("./adopt")).adoptCommand(),
    },
  ],
  "Set up:": [
    {
      name: "init",
      description: "make a project for a service of your own, and preview it; asks for what no option says",
      usage: "[options] [folder]",
      load: () => (require("./init") as typeof import("./init")).initCommand(),
    },
    {
      name: "doctor",
      description: "say what pulumi up and canary rollout lack here, and what mends it; changes nothing",
      load: () => (require("./doctor") as typeof import("./doctor")).doctorCommand(),
    },
    {
      name: "completion",
      description: "print a script by which a shell completes commands, options, stacks and apps",
      usage: "<shell>",
      load: () => (require("./completion") as Completion).completionCommand(),
    },
  ],
  "Try it, without a cloud:": [
    {
      name: "demo",
      description:
        "shift real requests between local servers by the program's own routing objects, no cluster needed",
      load: () => (require("./demo") as typeof import("./demo")).demoCommand(),
    },
    {
      name: "lab",
      description:
        "run a local cluster with a real control plane and a real Traefik (Linux; no root, no Docker)",
      usage: "",
      load: () => (require("./lab") as typeof import("./lab")).labCommand(),
    },
  ],
};

/** For the scripts of `canary completion`; no help has it. */
export const hidden: CommandEntry = {
  name: "complete",
  description: "",
  load: () => (require("./completion") as Completion).completeCommand(),
};
