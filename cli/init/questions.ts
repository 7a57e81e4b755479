/** What `canary init` asks: each question is an option, too. */
import * as z from "zod";
import { fronts } from "../../components/aws/fronts";
import { amiId, host, image, label, text } from "../../components/fields";
import { routerNames, routers } from "../../components/routers";
import { type PlatformName, platforms, platformsWith } from "../../stacks/platforms";
import { awsSettings } from "../../stacks/schema/aws";

/** Where settings of what runs already are found. */
export type From = "aws" | "cluster";

export type QuestionName =
  | "name"
  | "stack"
  | "platform"
  | "app"
  | "host"
  | "canaryHost"
  | "image"
  | "canaryImage"
  | "router"
  | "region"
  | "zone"
  | "vpc"
  | "subnets"
  | "ami"
  | "canaryAmi"
  | "loadBalancer"
  | "certificate";

/** InitAnswers by question, and where the rest comes from. */
export type InitAnswers = { readonly [Name in QuestionName]?: string } & { readonly from?: From };

interface Question {
  /** The option, with its placeholder. */
  readonly flags: string;
  /** What a person is asked, and what the option's help says. */
  readonly message: string;
  /** Whether it is asked at all, after these answers. */
  readonly isAsked: (answers: InitAnswers) => boolean;
  /** Whether there has to be an answer; a question without a fallback that is not needed may be left empty. */
  readonly isNeeded: (answers: InitAnswers) => boolean;
  /** The answer if nobody gives one. */
  readonly fallback?: (answers: InitAnswers) => string;
  /** Words, of which one is the answer. */
  readonly choices?: readonly string[];
  /** What answers are right; its error says what is allowed. */
  readonly check: z.ZodType<unknown>;
}

const REGION = "an AWS region such as eu-west-1";
const PROJECT = /^[A-Za-z0-9_.-]{1,100}$/;
const always = (): boolean => true;
const never = (): boolean => false;

const onCluster = ({ platform }: InitAnswers): boolean => hasSide("hasCluster", platform);
const onNewCluster = (answers: InitAnswers): boolean => onCluster(answers) && answers.from === undefined;
const onFleets = ({ platform }: InitAnswers): boolean => hasSide("hasFleets", platform);
const onNewFleets = (answers: InitAnswers): boolean => onFleets(answers) && answers.from === undefined;

/** Whether a platform has a side. */
export const hasSide = (side: "hasFleets" | "hasCluster", platform = ""): boolean =>
  Object.entries(platforms).some(([name, sides]) => name === platform && sides[side]);

/** Platforms that a project may begin with: users move from one side to the other later. */
export const firstPlatforms = platformsWith(({ hasFleets, hasCluster }) => hasFleets !== hasCluster);

/** The platform of what is taken over. */
export const platformFrom = (from: From): PlatformName | undefined =>
  firstPlatforms.find((name) => hasSide(from === "aws" ? "hasFleets" : "hasCluster", name));

/** Routers that are of use in a cluster of today: Traefik 1.7 serves older ones. */
export const firstRouters = routerNames().filter((name) => routers[name].traefikProvider !== "kubernetes");

/** Lists are written with commas. */
export const listOf = (answer: string): string[] => answer.split(/[,\s]+/).filter((item) => item !== "");

/** Every question, in the order in which they are asked. */
export const questions: Readonly<Record<QuestionName, Question>> = {
  name: {
    flags: "--name <name>",
    message: "Name of the project",
    isAsked: always,
    isNeeded: always,
    check: text(PROJECT, "a name of letters, digits, dots, hyphens and underscores"),
  },
  stack: {
    flags: "-s, --stack <name>",
    message: "Name of the first stack",
    isAsked: always,
    isNeeded: always,
    fallback: () => "dev",
    check: text(/^[\w-][\w.-]*$/, "a name of letters, digits, dots, hyphens and underscores"),
  },
  platform: {
    flags: "--platform <name>",
    message: "What runs the app",
    isAsked: always,
    isNeeded: always,
    choices: firstPlatforms,
    check: z.enum(firstPlatforms, { error: `one of ${firstPlatforms.join(", ")}` }),
  },
  app: {
    flags: "--app <name>",
    message: "Name of the app",
    isAsked: always,
    isNeeded: always,
    check: label,
  },
  host: {
    flags: "--host <name>",
    message: "Host name that its users ask for",
    isAsked: always,
    isNeeded: always,
    check: host,
  },
  canaryHost: {
    flags: "--canary-host <name>",
    message: "Host name that leads to the canary alone; empty for none",
    isAsked: ({ from }) => from !== undefined,
    isNeeded: never,
    check: host,
  },
  image: {
    flags: "--image <image>",
    message: "Container image that users get today",
    isAsked: onNewCluster,
    isNeeded: onNewCluster,
    check: image,
  },
  canaryImage: {
    flags: "--canary-image <image>",
    message: "Container image of the canary; empty for none yet",
    isAsked: onNewCluster,
    isNeeded: never,
    check: image,
  },
  router: {
    flags: "--router <name>",
    message: "What splits the requests",
    isAsked: onCluster,
    isNeeded: onCluster,
    fallback: ({ from }) => (from === undefined ? "traefik" : "nginx"),
    choices: firstRouters,
    check: z.enum(firstRouters, { error: `one of ${firstRouters.join(", ")}` }),
  },
  region: {
    flags: "--region <region>",
    message: "AWS region",
    isAsked: onFleets,
    isNeeded: onFleets,
    check: text(/^[a-z]{2}(-[a-z]+)+-\d$/, REGION),
  },
  zone: {
    flags: "--zone <id>",
    message: "Id of the hosted zone of its host name",
    isAsked: onFleets,
    isNeeded: onFleets,
    check: awsSettings.shape.zoneId,
  },
  vpc: {
    flags: "--vpc <id>",
    message: "Id of the VPC",
    isAsked: onNewFleets,
    isNeeded: onNewFleets,
    check: awsSettings.shape.vpcId.unwrap(),
  },
  subnets: {
    flags: "--subnets <ids>",
    message: "Ids of two public subnets or more, with commas",
    isAsked: onNewFleets,
    isNeeded: onNewFleets,
    check: z.string().transform(listOf).pipe(awsSettings.shape.publicSubnetIds.unwrap()),
  },
  ami: {
    flags: "--ami <id>",
    message: "Id of the machine image that users get today",
    isAsked: onNewFleets,
    isNeeded: onNewFleets,
    check: amiId,
  },
  canaryAmi: {
    flags: "--canary-ami <id>",
    message: "Id of the canary's machine image; empty for the same",
    isAsked: onNewFleets,
    isNeeded: never,
    check: amiId,
  },
  loadBalancer: {
    flags: "--load-balancer <kind>",
    message: "What splits the requests",
    isAsked: onNewFleets,
    isNeeded: onNewFleets,
    fallback: () => "alb",
    choices: Object.keys(fronts),
    check: z.enum(Object.keys(fronts), { error: `one of ${Object.keys(fronts).join(", ")}` }),
  },
  certificate: {
    flags: "--certificate <arn>",
    message: "ARN of the certificate for port 443; empty for none",
    isAsked: onNewFleets,
    isNeeded: never,
    check: awsSettings.shape.certificateArn,
  },
};

export const questionNames = Object.keys(questions) as QuestionName[];

/** What is wrong with an answer: what would be allowed; undefined for a right one. */
export function refusalOf(name: QuestionName, answer: string): string | undefined {
  const result = questions[name].check.safeParse(answer);
  return result.success ? undefined : (result.error.issues[0]?.message ?? "another value");
}
