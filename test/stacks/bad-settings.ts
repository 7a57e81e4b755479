/** Configurations that must be refused, with the line that says so; shared by the tests of the parser and of the CLI. */

type Raw = Record<string, unknown>;

const myapp = {
  host: "myapp.example.com",
  image: "registry.example.com/myapp:1.0.0",
  canaryImage: "registry.example.com/myapp:1.1.0",
};

/** The Kubernetes case, with keys replaced; `apps.myapp` is merged. */
export function dev(change: Raw): Raw {
  const apps = (change.apps ?? {}) as Record<string, Raw>;
  const merged = Object.keys(apps).length === 0 ? { myapp } : { ...apps, myapp: { ...myapp, ...apps.myapp } };
  return { platform: "kubernetes", canaryWeight: 10, ...change, apps: merged };
}

const network = {
  vpcId: "vpc-0a1b2c3d4e5f60718",
  publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
  amiId: "ami-0a1b2c3d4e5f60718",
  zoneId: "Z0123456789ABCDEFGHIJ",
};

/** The AWS case, with keys replaced; `aws` is merged. */
export function prod(change: Raw): Raw {
  const aws = { ...network, ...(change.aws as Raw | undefined) };
  return {
    platform: "elb",
    canaryWeight: 10,
    apps: { myapp: { host: "myapp.example.com" } },
    ...change,
    aws,
  };
}

const app = (change: Raw): Raw => dev({ apps: { myapp: change } });
const aws = (change: Raw): Raw => prod({ aws: change });

export const badSettings: readonly { title: string; raw: Raw; line: RegExp }[] = [
  {
    title: "a missing platform",
    raw: dev({ platform: undefined }),
    line: /^platform is missing; allowed: one of elb, kubernetes$/,
  },
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
    title: "an app's weight above 100",
    raw: app({ canaryWeight: 200 }),
    line: /^apps\.myapp\.canaryWeight is 200; allowed/,
  },
  {
    title: "an unknown router",
    raw: dev({ router: "traffik" }),
    line: /^router is "traffik"; allowed: one of .*traefik/,
  },
  {
    title: "an app's unknown router",
    raw: app({ router: "f5" }),
    line: /^apps\.myapp\.router is "f5"; allowed: one of/,
  },
  {
    title: "a misspelt key",
    raw: dev({ canaryWieght: 10 }),
    line: /^canaryWieght: no such key, did you mean canaryWeight\?$/,
  },
  {
    title: "an app's misspelt key",
    raw: app({ canaryimage: "a:1" }),
    line: /^apps\.myapp\.canaryimage: no such key, did you mean canaryImage\?$/,
  },
  {
    title: "a key that resembles none",
    raw: app({ colour: "blue" }),
    line: /^apps\.myapp\.colour: no such key; image, canaryImage/,
  },
  {
    title: "a misspelt AWS key",
    raw: aws({ vpcid: "vpc-0a1b2c3d" }),
    line: /^aws\.vpcid: no such key, did you mean vpcId\?$/,
  },
  {
    title: "apps that are a list",
    raw: { ...dev({}), apps: ["myapp"] },
    line: /^apps is \["myapp"\]; allowed: a map from app names/,
  },
  { title: "no app at all", raw: { ...dev({}), apps: {} }, line: /^apps is \{\}; allowed: one app or more$/ },
  {
    title: "an app's name in capitals",
    raw: { ...dev({}), apps: { MyApp: myapp } },
    line: /^apps\.MyApp is "MyApp"; allowed: as a key, a name of at most/,
  },
  {
    title: "an app without a host",
    raw: app({ host: undefined }),
    line: /^apps\.myapp\.host is missing; allowed: a host name/,
  },
  {
    title: "a host with a scheme",
    raw: app({ host: "https://myapp.example.com" }),
    line: /^apps\.myapp\.host is "https:.*; allowed: a host name/,
  },
  {
    title: "a host without a dot",
    raw: app({ host: "myapp" }),
    line: /^apps\.myapp\.host is "myapp"; allowed: a host name/,
  },
  {
    title: "the canary's host equal to the app's",
    raw: app({ canaryHost: "myapp.example.com" }),
    line: /^apps\.myapp\.canaryHost is "myapp\.example\.com"; allowed: another host/,
  },
  {
    title: "no image on Kubernetes",
    raw: app({ image: undefined }),
    line: /^apps\.myapp\.image is missing; allowed: an image, on platform kubernetes$/,
  },
  {
    title: "an image with a space",
    raw: app({ image: "my app:1" }),
    line: /^apps\.myapp\.image is "my app:1"; allowed: a container image/,
  },
  {
    title: "a weight without a canary",
    raw: app({ canaryImage: undefined, canaryWeight: 10 }),
    line: /^apps\.myapp\.canaryWeight is 10; allowed: together with canaryImage only$/,
  },
  {
    title: "port 0",
    raw: app({ port: 0 }),
    line: /^apps\.myapp\.port is 0; allowed: an integer from 1 to 65535$/,
  },
  {
    title: "a port with a fraction",
    raw: app({ port: 80.5 }),
    line: /^apps\.myapp\.port is 80\.5; allowed: an integer/,
  },
  {
    title: "replicas below 0",
    raw: app({ replicas: -1 }),
    line: /^apps\.myapp\.replicas is -1; allowed: an integer from 0/,
  },
  {
    title: "a relative health path",
    raw: app({ healthPath: "healthz" }),
    line: /^apps\.myapp\.healthPath is "healthz"; allowed: a path that starts with/,
  },
  {
    title: "canaries of more than 100 together",
    raw: app({ canaryWeight: 60, canaries: { beta: { image: "a:1", weight: 41 } } }),
    line: /^apps\.myapp is "canary 60 \+ beta 41"; allowed: canaries of at most 100 together, not 101$/,
  },
  {
    title: "a canary without a weight",
    raw: app({ canaries: { beta: { image: "a:1" } } }),
    line: /^apps\.myapp\.canaries\.beta\.weight is missing; allowed: a number from 0 to 100/,
  },
  {
    title: "a canary in another namespace",
    raw: app({ canaries: { beta: { image: "a:1", weight: 1, namespace: "beta" } } }),
    line: /^apps\.myapp\.router is "traefik"; allowed: .*one namespace \(myapp\)/,
  },
  {
    title: "a canary that may take no time",
    raw: app({ canaryTimeoutSeconds: 0 }),
    line: /^apps\.myapp\.canaryTimeoutSeconds is 0; allowed: an integer from 1 to 3600 \(seconds\)$/,
  },
  {
    title: "a preStop that outlasts the grace",
    raw: app({ preStopSeconds: 40 }),
    line: /^apps\.myapp\.preStopSeconds is 40; allowed: less than terminationGraceSeconds, which is 40$/,
  },
  {
    title: "memory without a unit that exists",
    raw: app({ resources: { memory: "1 GB" } }),
    line: /^apps\.myapp\.resources\.memory is "1 GB"; allowed: a Kubernetes quantity/,
  },
  {
    title: "more memory asked for than may be used",
    raw: app({ resources: { memory: "1Gi", memoryLimit: "512Mi" } }),
    line: /^apps\.myapp\.resources\.memory is "1Gi"; allowed: at most resources\.memoryLimit, which is 512Mi$/,
  },
  {
    title: "a flag that is no flag",
    raw: dev({ traefik: { install: "yes" } }),
    line: /^traefik\.install is "yes"; allowed: true or false$/,
  },
  {
    title: "graceful times that exceed the pod's grace",
    raw: dev({ traefik: { acceptGraceSeconds: 45 } }),
    line: /^traefik\.graceSeconds is 20; allowed: with traefik\.acceptGraceSeconds \(45\) below the 60/,
  },
  {
    title: "a trusted range that is none",
    raw: dev({ traefik: { trustedIps: ["load-balancer"] } }),
    line: /^traefik\.trustedIps\[0\] is "load-balancer"; allowed: an address range/,
  },
  {
    title: "secrets of an app that is not there",
    raw: dev({ secrets: { other: { KEY: "hidden" } } }),
    line: /^secrets\.other: no such key in apps$/,
  },
  {
    title: "platform elb without its settings",
    raw: { ...prod({}), aws: {} },
    line: /^aws is missing; allowed: the AWS settings, on platform elb$/,
  },
  {
    title: "one subnet",
    raw: aws({ publicSubnetIds: ["subnet-0a1b2c3d4e5f60718"] }),
    line: /^aws\.publicSubnetIds is .*; allowed: two subnet ids or more/,
  },
  {
    title: "a subnet twice",
    raw: aws({ publicSubnetIds: ["subnet-0a1b2c3d", "subnet-0a1b2c3d"] }),
    line: /^aws\.publicSubnetIds is .*; allowed: each subnet once$/,
  },
  {
    title: "a VPC id that is none",
    raw: aws({ vpcId: "vpc-xyz" }),
    line: /^aws\.vpcId is "vpc-xyz"; allowed: a VPC id/,
  },
  {
    title: "a fleet of nobody",
    raw: aws({ fleetSize: 0 }),
    line: /^aws\.fleetSize is 0; allowed: an integer from 1/,
  },
  {
    title: "a largest size below the fleet's",
    raw: aws({ maxSize: 9 }),
    line: /^aws\.maxSize is 9; allowed: more than aws\.fleetSize, which is 9$/,
  },
  {
    title: "a certificate that is no ARN",
    raw: aws({ certificateArn: "my-cert" }),
    line: /^aws\.certificateArn is "my-cert"; allowed: the ARN/,
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
    title: "a variable that is secret and is not",
    raw: dev({ apps: { myapp: { env: { KEY: "plain" } } }, secrets: { myapp: { KEY: "hidden" } } }),
    line: /^apps\.myapp\.env\.KEY is "plain"; allowed: a variable that is not in secrets\.myapp too$/,
  },
  {
    title: "an app whose name is another's canary",
    raw: prod({ apps: { a: { host: "a.example.com" }, "a-canary": { host: "b.example.com" } } }),
    line: /^apps\.a-canary is "a-canary"; allowed: a name that app a does not use$/,
  },
  {
    title: "a name too long for a load balancer",
    raw: prod({ apps: { "checkout-and-payments": { host: "pay.example.com" } } }),
    line: /^apps\.checkout-and-payments is .*; allowed: at most 24 characters as a load balancer's name/,
  },
];
