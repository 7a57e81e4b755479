/** Configurations that must be refused, with the line that says so; shared by the tests of the parser and of the CLI. */

import { badEngines } from "./bad-engines";

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

const errors = { name: "errors", better: "lower" };

/** A rollout with one metric, of any source. */
const judged = (metric: Raw): Raw => ({
  rollout: {
    sources: {
      ...(metric.source === "prometheus" && { prometheus: { url: "http://prometheus:9090" } }),
      ...(metric.source === "cloudwatch" && { cloudwatch: { region: "eu-west-1" } }),
      ...(metric.source === "command" && { command: { argv: ["errors.sh"] } }),
    },
    analysis: { metrics: [metric] },
  },
});

const app = (change: Raw): Raw => dev({ apps: { myapp: change } });
const CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d";

const aws = (change: Raw): Raw => prod({ aws: change });

const HASH = `sha256:${"0".repeat(64)}`;
const joinK3s = {
  endpoint: "https://10.0.0.1:6443",
  tokenArn: "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token",
};
const edgeNodes = {
  amiId: "ami-0c1d2e3f405162738",
  clusterSecurityGroupIds: ["sg-0a1b2c3d4e5f60718"],
  bootstrap: { k3s: joinK3s },
};

/** The migration, with keys replaced; `aws` is merged. */
export function onBoth(change: Raw): Raw {
  const merged = { ...network, edge: edgeNodes, ...(change.aws as Raw | undefined) };
  return { platform: "migration", apps: { myapp }, ...change, aws: merged };
}

/** The cluster with edge nodes, with keys of `aws` replaced. */
function onCluster(change: { aws: Raw }): Raw {
  const { amiId: _fleets, ...shared } = network;
  return dev({ aws: { ...shared, edge: edgeNodes, ...change.aws } });
}

const edge = (change: Raw): Raw => onCluster({ aws: { edge: { ...edgeNodes, ...change } } });

export const badSettings: readonly { title: string; raw: Raw; line: RegExp }[] = [
  {
    title: "settings of a Traefik that the program does not run",
    raw: dev({ traefik: { install: false, accessLog: true } }),
    line: /^traefik\.accessLog is true; allowed: with traefik\.install true only$/,
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
    title: "an unknown proxy",
    raw: dev({ routers: { proxy: { implementation: "squid" } } }),
    line: /^routers\.proxy\.implementation is "squid"; allowed: one of haproxy, nginx, envoy$/,
  },
  {
    title: "no proxies",
    raw: app({ router: "proxy", routers: { proxy: { replicas: 0 } } }),
    line: /^apps\.myapp\.routers\.proxy\.replicas is 0; allowed: an integer from 1 to 100$/,
  },
  {
    title: "a split for a switch",
    raw: app({ router: "blue-green" }),
    line: /^apps\.myapp\.router is "blue-green"; allowed: a split that gives one variant 100 %: it switches, at 0 or 100$/,
  },
  {
    title: "pods of a canary's own where the split decides",
    raw: app({ router: "replicas", canaryReplicas: 4 }),
    line: /^apps\.myapp\.router is "replicas"; allowed: no number of pods for canary \(4\)/,
  },
  {
    title: "a misspelt key",
    raw: dev({ canaryWieght: 10 }),
    line: /^canaryWieght: no such key, did you mean canaryWeight\? allowed: canaryWeight, /,
  },
  {
    title: "an app's misspelt key",
    raw: app({ canaryimage: "a:1" }),
    line: /^apps\.myapp\.canaryimage: no such key, did you mean canaryImage\? allowed: canaryImage, /,
  },
  {
    title: "a key of the top in an app",
    raw: app({ secrets: { TOKEN: "sesame" } }),
    line: /^apps\.myapp\.secrets: no such key here, secrets stands at the top; allowed: /,
  },
  {
    title: "a key that resembles none",
    raw: app({ colour: "blue" }),
    line: /^apps\.myapp\.colour: no such key; allowed: (\w+, ){10}\.\.\.$/,
  },
  {
    title: "a misspelt AWS key",
    raw: aws({ vpcid: "vpc-0a1b2c3d" }),
    line: /^aws\.vpcid: no such key, did you mean vpcId\? allowed: vpcId, /,
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
    title: "a TLS Secret's name in capitals",
    raw: app({ tlsSecret: "MyApp" }),
    line: /^apps\.myapp\.tlsSecret is "MyApp"; allowed: the name of a Secret: lower-case/,
  },
  {
    title: "a pull Secret that is not in a list",
    raw: app({ imagePullSecrets: "registry" }),
    line: /^apps\.myapp\.imagePullSecrets is "registry"; allowed: a list of Secrets' names$/,
  },
  {
    title: "a ServiceAccount with a role's ARN for a name",
    raw: app({ serviceAccountName: "arn:aws:iam::123456789012:role/myapp" }),
    line: /^apps\.myapp\.serviceAccountName is .*; allowed: the name of a ServiceAccount: lower-case/,
  },
  {
    title: "a node label without a value that can be one",
    raw: app({ nodeSelector: { pool: "spot or not" } }),
    line: /^apps\.myapp\.nodeSelector\.pool is "spot or not"; allowed: a label's value such as arm64$/,
  },
  {
    title: "a node label that can be none",
    raw: app({ nodeSelector: { "a/b/c": "d" } }),
    line: /^apps\.myapp\.nodeSelector\["a\/b\/c"\] is "a\/b\/c"; allowed: as a key, a label such as/,
  },
  {
    title: "pods that may be anybody or not, who knows",
    raw: app({ runAsNonRoot: 1000 }),
    line: /^apps\.myapp\.runAsNonRoot is 1000; allowed: true or false$/,
  },
  {
    title: "no time to start",
    raw: app({ startupSeconds: 0 }),
    line: /^apps\.myapp\.startupSeconds is 0; allowed: an integer from 1 to 600 \(seconds\)$/,
  },
  {
    title: "a default certificate by its file",
    raw: dev({ traefik: { defaultCertificateSecret: "certs/tls.pem" } }),
    line: /^traefik\.defaultCertificateSecret is "certs\/tls\.pem"; allowed: the name of a Secret: lower-case/,
  },
  {
    title: "an access log by its format",
    raw: dev({ traefik: { accessLog: "json" } }),
    line: /^traefik\.accessLog is "json"; allowed: true or false$/,
  },
  {
    title: "a Traefik that serves some namespaces",
    raw: dev({ traefik: { clusterWide: ["shop"] } }),
    line: /^traefik\.clusterWide is \["shop"\]; allowed: true or false$/,
  },
  {
    title: "more cpu for Traefik than it may use",
    raw: dev({ traefik: { resources: { cpu: "1" } } }),
    line: /^traefik\.resources\.cpu is "1"; allowed: at most traefik\.resources\.cpuLimit, which is 200m$/,
  },
  {
    title: "more memory for Traefik than it may use",
    raw: dev({ traefik: { resources: { memory: "1Gi", memoryLimit: "512Mi" } } }),
    line: /^traefik\.resources\.memory is "1Gi"; allowed: at most traefik\.resources\.memoryLimit, which is 512Mi$/,
  },
  {
    title: "a priority that is a number",
    raw: dev({ traefik: { priorityClassName: 1000 } }),
    line: /^traefik\.priorityClassName is 1000; allowed: the name of a PriorityClass: lower-case/,
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
    line: /^secrets\.other: no such key; allowed: myapp$/,
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
    title: "a kind of load balancer that there is not",
    raw: aws({ loadBalancer: "elb" }),
    line: /^aws\.loadBalancer is "elb"; allowed: one of classic, alb, nlb$/,
  },
  {
    title: "a former load balancer that is the present one",
    raw: aws({ loadBalancer: "alb", formerLoadBalancer: "alb" }),
    line: /^aws\.formerLoadBalancer is "alb"; allowed: another kind than aws\.loadBalancer$/,
  },
  {
    title: "a size for canaries whose size is their weight",
    raw: aws({ canarySize: 3 }),
    line: /^aws\.canarySize is 3; allowed: with aws\.loadBalancer alb or nlb only, not classic$/,
  },
  {
    title: "instances for a canary without weight whose size is fixed",
    raw: aws({ loadBalancer: "nlb", canaryMin: 1, formerLoadBalancer: "classic" }),
    line: /^aws\.canaryMin is 1; allowed: with aws\.loadBalancer classic only, not nlb$/,
  },
  {
    title: "fewer instances for a canary than its weight needs",
    raw: { ...aws({ loadBalancer: "alb", canarySize: 2 }), canaryWeight: 25 },
    line: /^aws\.canarySize is 2; allowed: 3 or more, as canary of myapp takes 25 % of what 9 instances carry$/,
  },
  {
    title: "more instances for a canary than for all traffic",
    raw: aws({ loadBalancer: "alb", canarySize: 10 }),
    line: /^aws\.canarySize is 10; allowed: at most aws\.fleetSize, which is 9$/,
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
    title: "a redirect by a classic load balancer",
    raw: aws({ redirectToHttps: true, certificateArn: CERTIFICATE }),
    line: /^aws\.redirectToHttps is true; allowed: with aws\.loadBalancer alb only, not classic$/,
  },
  {
    title: "a redirect by a Network Load Balancer",
    raw: aws({ loadBalancer: "nlb", redirectToHttps: true, certificateArn: CERTIFICATE }),
    line: /^aws\.redirectToHttps is true; allowed: with aws\.loadBalancer alb only, not nlb$/,
  },
  {
    title: "a redirect to where no certificate is",
    raw: aws({ loadBalancer: "alb", redirectToHttps: true }),
    line: /^aws\.redirectToHttps is true; allowed: together with aws\.certificateArn only$/,
  },
  {
    title: "stickiness of a Network Load Balancer",
    raw: aws({ loadBalancer: "nlb", stickiness: 600 }),
    line: /^aws\.stickiness is 600; allowed: with aws\.loadBalancer alb only, not nlb$/,
  },
  {
    title: "stickiness for longer than a week",
    raw: aws({ loadBalancer: "alb", stickiness: 604801 }),
    line: /^aws\.stickiness is 604801; allowed: an integer from 1 to 604800 \(seconds\)$/,
  },
  {
    title: "a slow start of a Network Load Balancer",
    raw: aws({ loadBalancer: "nlb", slowStart: 60 }),
    line: /^aws\.slowStart is 60; allowed: with aws\.loadBalancer alb only, not nlb$/,
  },
  {
    title: "a slow start that is too quick",
    raw: aws({ loadBalancer: "alb", slowStart: 29 }),
    line: /^aws\.slowStart is 29; allowed: an integer from 30 to 900 \(seconds\)$/,
  },
  {
    title: "an idle timeout of a Network Load Balancer",
    raw: aws({ loadBalancer: "nlb", idleTimeout: 60 }),
    line: /^aws\.idleTimeout is 60; allowed: with aws\.loadBalancer classic or alb only, not nlb$/,
  },
  {
    title: "access logs where no request would be logged",
    raw: aws({ loadBalancer: "nlb", accessLogsBucket: "example-elb-logs" }),
    line: /^aws\.accessLogsBucket is .*; allowed: together with aws\.certificateArn only, as an NLB logs TLS/,
  },
  {
    title: "access logs by a URL",
    raw: aws({ accessLogsBucket: "s3://example-elb-logs" }),
    line: /^aws\.accessLogsBucket is .*; allowed: the name of an S3 bucket/,
  },
  {
    title: "a name with no room for a canary's own target group",
    raw: prod({
      aws: { loadBalancer: "nlb" },
      apps: { "an-app-of-16-char": { host: "a.example.com", canaryHost: "b.example.com" } },
    }),
    line: /^apps\.an-app-of-16-char is .*; allowed: at most 24 characters as a load balancer's name, an-app-of-16-char-canary-own has 28$/,
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
  {
    title: "an app that is a number",
    raw: { ...dev({}), apps: { myapp: 3 } },
    line: /^apps\.myapp is 3; allowed: an object with (\w+, ){10}\.\.\.$/,
  },
  {
    title: "AWS settings that are a text",
    raw: { ...prod({}), aws: "vpc-0a1b2c3d" },
    line: /^aws is "vpc-0a1b2c3d"; allowed: an object with vpcId, publicSubnetIds, zoneId, /,
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
    title: "an app with the name of every object's prototype",
    raw: dev({ apps: JSON.parse('{"__proto__": {"host": "a.example.com"}}') }),
    line: /^apps\.__proto__ is "__proto__"; allowed: as a key, another name$/,
  },
  {
    title: "a top-level key that every object has",
    raw: { ...dev({}), constructor: 3 },
    line: /^constructor: no such key; allowed: /,
  },
  {
    title: "a container image on AWS",
    raw: prod({ apps: { myapp: { host: "myapp.example.com", image: "a:1" } } }),
    line: /^apps\.myapp\.image is "a:1"; allowed: on platform kubernetes(, migration)? only$/,
  },
  {
    title: "an app's router on AWS",
    raw: prod({ apps: { myapp: { host: "myapp.example.com", router: "traefik" } } }),
    line: /^apps\.myapp\.router is "traefik"; allowed: on platform kubernetes(, migration)? only$/,
  },
  {
    title: "a canary's pods on AWS",
    raw: prod({ apps: { a: { host: "a.example.com", canaries: { blue: { weight: 1, replicas: 2 } } } } }),
    line: /^apps\.a\.canaries\.blue\.replicas is 2; allowed: on platform kubernetes(, migration)? only$/,
  },
  {
    title: "Traefik on AWS",
    raw: prod({ traefik: { install: false } }),
    line: /^traefik is \{"install":false\}; allowed: on platform kubernetes(, migration)? only$/,
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
    title: "user data beyond what AWS takes",
    raw: aws({ userData: "#".repeat(16 * 1024 + 1) }),
    line: /^aws\.userData is "#.*; allowed: a script or cloud-config of at most 16 KB$/,
  },
  {
    title: "an instance profile that is none",
    raw: aws({ instanceProfile: "arn:aws:iam::123456789012:role/shop" }),
    line: /^aws\.instanceProfile is "arn:.*; allowed: the name or the ARN of an instance profile$/,
  },
  {
    title: "a key pair without a name",
    raw: aws({ keyName: "" }),
    line: /^aws\.keyName is ""; allowed: the name of a key pair$/,
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
  {
    title: "a canary's machine image on Kubernetes",
    raw: app({ canaries: { beta: { image: "a:1", weight: 1, amiId: "ami-0a1b2c3d" } } }),
    line: /^apps\.myapp\.canaries\.beta\.amiId is "ami-0a1b2c3d"; allowed: on platform elb(, migration)? only$/,
  },
  {
    title: "a fleet's size on Kubernetes",
    raw: onCluster({ aws: { fleetSize: 5 } }),
    line: /^aws\.fleetSize is 5; allowed: on platform elb, migration only$/,
  },
  {
    title: "edge nodes on AWS",
    raw: aws({ edge: edgeNodes }),
    line: /^aws\.edge is \{.*; allowed: on platform kubernetes, migration only$/,
  },
  {
    title: "shares of DNS where there is one side",
    raw: dev({ dns: { kubernetesWeight: 5 } }),
    line: /^dns is \{"kubernetesWeight":5\}; allowed: on platform migration only$/,
  },
  {
    title: "a share of DNS beyond all of it",
    raw: onBoth({ dns: { kubernetesWeight: 101 } }),
    line: /^dns\.kubernetesWeight is 101; allowed: a number from 0 to 100/,
  },
  {
    title: "a migration to a cluster without edge nodes",
    raw: onBoth({ aws: { edge: undefined } }),
    line: /^aws\.edge is missing; allowed: the edge nodes, with aws on platform migration$/,
  },
  {
    title: "a migration from a fleet without an image",
    raw: onBoth({ aws: { amiId: undefined } }),
    line: /^aws\.amiId is missing; allowed: an image id, on platform migration$/,
  },
  {
    title: "a migration of a canary that the cluster would lack",
    raw: onBoth({ apps: { myapp: { host: "myapp.example.com", image: "a:1" } } }),
    line: /^apps\.myapp\.canaryImage is missing; allowed: an image, on platform migration, as the app's fleets have a canary$/,
  },
  {
    title: "a host outside of the zone",
    raw: aws({ zoneName: "example.org" }),
    line: /^apps\.myapp\.host is "myapp\.example\.com"; allowed: example\.org, which is aws\.zoneName, or a name below it$/,
  },
  {
    title: "a subnet twice on Kubernetes",
    raw: onCluster({ aws: { publicSubnetIds: ["subnet-0a1b2c3d", "subnet-0a1b2c3d"] } }),
    line: /^aws\.publicSubnetIds is .*; allowed: each subnet once$/,
  },
  {
    title: "fewer edge nodes at most than at least",
    raw: edge({ minSize: 3, maxSize: 2 }),
    line: /^aws\.edge\.maxSize is 2; allowed: at least aws\.edge\.minSize, which is 3$/,
  },
  {
    title: "groups of edge nodes of no kind",
    raw: edge({ groups: "regions" }),
    line: /^aws\.edge\.groups is "regions"; allowed: one of zones, spot$/,
  },
  {
    title: "an ALB in front of edge nodes",
    raw: edge({ loadBalancer: "alb" }),
    line: /^aws\.edge\.loadBalancer is "alb"; allowed: one of nlb, classic$/,
  },
  {
    title: "edge nodes outside of the cluster's security groups",
    raw: edge({ clusterSecurityGroupIds: [] }),
    line: /^aws\.edge\.clusterSecurityGroupIds is \[\]; allowed: a list of security group ids, one or more$/,
  },
  {
    title: "edge nodes of two clusters",
    raw: edge({
      bootstrap: { k3s: joinK3s, kubeadm: { ...joinK3s, endpoint: "a:1", caCertHashes: [HASH] } },
    }),
    line: /^aws\.edge\.bootstrap is \{.*; allowed: one of eks, kubeadm, k3s$/,
  },
  {
    title: "a join token in the settings",
    raw: edge({ bootstrap: { k3s: { ...joinK3s, tokenArn: "K10abc::node:def" } } }),
    line: /^aws\.edge\.bootstrap\.k3s\.tokenArn is .*; allowed: the ARN of a parameter of SSM or of a secret/,
  },
  {
    title: "a hash that is none",
    raw: edge({ bootstrap: { kubeadm: { ...joinK3s, endpoint: "a:1", caCertHashes: ["abc"] } } }),
    line: /^aws\.edge\.bootstrap\.kubeadm\.caCertHashes\[0\] is "abc"; allowed: a hash/,
  },
  {
    title: "an EKS cluster without its Services' addresses",
    raw: edge({
      bootstrap: {
        eks: { clusterName: "shop", endpoint: "https://a.example.com", certificateAuthority: "TQ==" },
      },
    }),
    line: /^aws\.edge\.bootstrap\.eks\.serviceCidr is missing; allowed: an address range/,
  },
  {
    title: "a shield of no requests",
    raw: dev({ routers: { traefik: { shieldRequests: 0 } } }),
    line: /^routers\.traefik\.shieldRequests is 0; allowed: an integer from 1 to 100000 \(requests\)$/,
  },
  {
    title: "a body that is too large to be mirrored",
    raw: app({ routers: { traefik: { mirrorBodyBytes: 10_485_761 } } }),
    line: /^apps\.myapp\.routers\.traefik\.mirrorBodyBytes is 10485761; allowed: an integer from 0 to 10485760/,
  },
  {
    title: "a shield of sticky users by Traefik",
    raw: app({ shield: true, sticky: {} }),
    line: /^apps\.myapp\.router is "traefik"; allowed: router traefik takes shield or sticky, not both/,
  },
  {
    title: "a provider that Traefik does not have here",
    raw: dev({ traefik: { providers: ["crd", "docker"] } }),
    line: /^traefik\.providers\[1\] is "docker"; allowed: one of crd, ingressNginx, gateway$/,
  },
  {
    title: "a router whose objects Traefik is not told to read",
    raw: app({ router: "gateway", alsoRoutedBy: ["traefik"] }),
    line: /^traefik\.providers is \["crd"\]; allowed: crd, gateway, which router gateway of myapp needs$/,
  },
  {
    title: "a default certificate that no provider reads",
    raw: dev({
      router: "gateway",
      traefik: { providers: ["gateway"], defaultCertificateSecret: "wildcard" },
    }),
    line: /^traefik\.defaultCertificateSecret is "wildcard"; allowed: together with crd in traefik\.providers only/,
  },
  {
    title: "two routers beside each other that make the same object",
    raw: app({ router: "replicas", replicas: 10, alsoRoutedBy: ["proxy"] }),
    line: /^apps\.myapp\.alsoRoutedBy is \["proxy"\]; allowed: .* than those of replicas: both have Service myapp-front$/,
  },
  {
    title: "Traefik 1.7's router without the cluster's version",
    raw: app({ router: "traefik-v1" }),
    line: /^traefik\.version is "v3"; allowed: v1, which router traefik-v1 of myapp needs$/,
  },
  {
    title: "Traefik 1.7's router for a cluster that has no such Ingress",
    raw: dev({
      router: "traefik-v1",
      routers: { "traefik-v1": { kubernetesVersion: "1.30" } },
      traefik: { version: "v1" },
    }),
    line: /^apps\.myapp\.router is "traefik-v1"; allowed: Kubernetes below 1\.22, not 1\.30: .*extensions\/v1beta1/,
  },
  {
    title: "a router of Traefik 3's with Traefik 1.7",
    raw: dev({ traefik: { version: "v1" } }),
    line: /^traefik\.version is "v1"; allowed: v3, which router traefik of myapp needs$/,
  },
  {
    title: "an unknown version of Traefik",
    raw: dev({ traefik: { version: "v2" } }),
    line: /^traefik\.version is "v2"; allowed: one of v3, v1$/,
  },
  {
    title: "a setting of Traefik 3's with Traefik 1.7",
    raw: dev({ router: "traefik-v1", traefik: { version: "v1", providers: ["gateway"] } }),
    line: /^traefik\.providers is \["gateway"\]; allowed: no such key with traefik\.version v1$/,
  },
  {
    title: "a version of Kubernetes with its patch",
    raw: dev({ routers: { "traefik-v1": { kubernetesVersion: "v1.21.3" } } }),
    line: /^routers\.traefik-v1\.kubernetesVersion is "v1\.21\.3"; allowed: a version of Kubernetes as MAJOR\.MINOR$/,
  },
  {
    title: "an ingress gateway by labels beside Gateways that are there",
    raw: dev({
      routers: { istio: { gateways: ["istio-ingress/shared"], gatewaySelector: { app: "edge" } } },
    }),
    line: /^routers\.istio\.gatewaySelector is \{"app":"edge"\}; allowed: no such key beside gateways$/,
  },
  {
    title: "a Gateway without its namespace",
    raw: dev({ routers: { istio: { gateways: ["shared"] } } }),
    line: /^routers\.istio\.gateways\[0\] is "shared"; allowed: a Gateway as NAMESPACE\/NAME$/,
  },
  {
    title: "a fault that does nothing",
    raw: dev({ routers: { istio: { fault: { percent: 10 } } } }),
    line: /^routers\.istio\.fault is \{"percent":10\}; allowed: delaySeconds, abortStatus or both$/,
  },
  {
    title: "a fault of requests that nothing matches",
    raw: app({ router: "istio", routers: { istio: { fault: { abortStatus: 500 } } } }),
    line: /^apps\.myapp\.router is "istio"; allowed: routers\.istio\.fault together with a match/,
  },
  {
    title: "a header that Istio does not take",
    raw: app({ router: "istio", match: [{ header: "x.canary" }] }),
    line: /^apps\.myapp\.router is "istio"; allowed: a match by another header than x\.canary/,
  },
  {
    title: "a circuit that never breaks",
    raw: dev({ routers: { istio: { circuitBreaker: { consecutive5xxErrors: 0 } } } }),
    line: /^routers\.istio\.circuitBreaker\.consecutive5xxErrors is 0; allowed: an integer from 1 to 2147483647 \(answers\)$/,
  },
  {
    title: "a debug canary without a sandbox",
    raw: app({ debug: { runtimeClass: "runc", sidecar: { image: "perf:1" } } }),
    line: /^apps\.myapp\.debug\.runtimeClass is "runc"; allowed: one of policies\.sandboxedRuntimeClasses: kata\*, gvisor$/,
  },
  {
    title: "a debug canary without a RuntimeClass",
    raw: app({ debug: { sidecar: { image: "perf:1" } } }),
    line: /^apps\.myapp\.debug\.runtimeClass is missing; allowed: the name of a RuntimeClass/,
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
    title: "arguments that are a text",
    raw: app({ args: "-v" }),
    line: /^apps\.myapp\.args is "-v"; allowed: a list of texts$/,
  },
  {
    title: "steps of a rollout that fall",
    raw: dev({ rollout: { steps: [25, 5] } }),
    line: /^rollout\.steps is \[25,5\]; allowed: a list of weights that rises, such as \[1, 5, 25, 50, 100\]$/,
  },
  {
    title: "a step of a rollout to 0",
    raw: dev({ rollout: { steps: [0, 5] } }),
    line: /^rollout\.steps\[0\] is 0; allowed: a number above 0, up to 100 \(percent\) with at most two decimals$/,
  },
  {
    title: "steps of a rollout in two ways",
    raw: dev({ rollout: { steps: [5, 100], exponential: { from: 1, factor: 2 } } }),
    line: /^rollout\.exponential is \{"from":1,"factor":2,"to":100\}; allowed: no such key beside steps$/,
  },
  {
    title: "a rollout that does not grow",
    raw: dev({ rollout: { exponential: { from: 1, factor: 1 } } }),
    line: /^rollout\.exponential\.factor is 1; allowed: a number from 1\.01 to 100$/,
  },
  {
    title: "a rollout that ends where it begins",
    raw: dev({ rollout: { exponential: { from: 20, factor: 2, to: 20 } } }),
    line: /^rollout\.exponential\.to is 20; allowed: more than rollout\.exponential\.from, which is 20$/,
  },
  {
    title: "an approval of a step that a rollout does not have",
    raw: dev({ rollout: { approvals: [10] } }),
    line: /^rollout\.approvals\[0\] is 10; allowed: one of the steps 1, 5, 25, 50, 100$/,
  },
  {
    title: "a rollout's window without time",
    raw: dev({ rollout: { window: { from: "09:00", to: "09:00" } } }),
    line: /^rollout\.window\.to is "09:00"; allowed: another time than rollout\.window\.from$/,
  },
  {
    title: "a time of day that there is not",
    raw: dev({ rollout: { window: { from: "9:00", to: "17:00" } } }),
    line: /^rollout\.window\.from is "9:00"; allowed: a time such as 09:30, in quotes$/,
  },
  {
    title: "an unknown time zone",
    raw: dev({ rollout: { window: { from: "09:00", to: "17:00", timezone: "Europe/Bonn" } } }),
    line: /^rollout\.window\.timezone is "Europe\/Bonn"; allowed: a time zone such as Europe\/Berlin$/,
  },
  {
    title: "a day that is none",
    raw: dev({ rollout: { window: { days: ["monday"], from: "09:00", to: "17:00" } } }),
    line: /^rollout\.window\.days\[0\] is "monday"; allowed: one of mon, tue, wed, thu, fri, sat, sun$/,
  },
  {
    title: "a metric of a source that is not set up",
    raw: dev({
      rollout: {
        analysis: {
          metrics: [{ name: "errors", source: "nowhere", query: "errors", better: "lower", threshold: 1 }],
        },
      },
    }),
    line: /^rollout\.analysis\.metrics\[0\]\.source is "nowhere"; allowed: person, or a key of rollout\.sources, which has none$/,
  },
  {
    title: "a fresh baseline where instances would make it",
    raw: prod({ rollout: { baseline: "fresh" } }),
    line: /^rollout\.baseline is "fresh"; allowed: primary; fresh on platform kubernetes only$/,
  },
  {
    title: "a fresh baseline beside several canaries",
    raw: dev({
      rollout: { baseline: "fresh" },
      apps: { myapp: { canaries: { beta: { image: "myapp:2.0.0", weight: 2 } } } },
    }),
    line: /^rollout\.baseline is "fresh"; allowed: primary, with myapp: it has several canaries, canary, beta, and/,
  },
  {
    title: "a canary by the name of the baseline",
    raw: dev({ apps: { myapp: { canaries: { baseline: { image: "myapp:2.0.0", weight: 2 } } } } }),
    line: /^apps\.myapp\.canaries\.baseline is "baseline"; allowed: another name: rollout\.baseline has it$/,
  },
  {
    title: "a metric that does not say which values are good",
    raw: dev(judged({ name: "errors", source: "prometheus", query: "error-rate", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.better is missing; allowed: one of higher, lower$/,
  },
  {
    title: "a threshold of a person's judgement",
    raw: dev(judged({ name: "checkout", source: "person", query: "Can you buy something?", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.threshold is 1; allowed: no such key with source person$/,
  },
  {
    title: "a built-in query about routers where there are none",
    raw: prod(judged({ ...errors, source: "prometheus", query: "error-rate", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.query is "error-rate"; allowed: a query of your own, as the built-in ones/,
  },
  {
    title: "metrics of load balancers where there are none",
    raw: dev({ rollout: { sources: { cloudwatch: { region: "eu-west-1" } } } }),
    line: /^rollout\.sources\.cloudwatch is \{"region":"eu-west-1"\}; allowed: on platform elb, migration only/,
  },
  {
    title: "a comparison at a load balancer that counts all variants together",
    raw: prod(judged({ ...errors, source: "cloudwatch", query: "error-rate", minEffectPercent: 10 })),
    line: /^rollout\.analysis\.metrics\[0\]\.minEffectPercent is 10; allowed: a threshold alone with aws\.loadBalancer classic/,
  },
  {
    title: "a query of a command that is no JSONPath",
    raw: dev(judged({ ...errors, source: "command", query: "errors.rate", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.query is "errors\.rate"; allowed: a JSONPath such as \$\.errors\.rate$/,
  },
  {
    title: "a query with a placeholder that stands for nothing",
    raw: dev(judged({ ...errors, source: "prometheus", query: "errors{pod='{{pod}}'}", threshold: 1 })),
    line: /^rollout\.analysis\.metrics\[0\]\.query is ".*"; allowed: of placeholders \{\{app\}\}, .*, \{\{window\}\}$/,
  },
  {
    title: "a command with a placeholder that stands for nothing",
    raw: dev({ rollout: { sources: { command: { argv: ["errors.sh", "{{pod}}"] } } } }),
    line: /^rollout\.sources\.command\.argv is \["errors\.sh","\{\{pod\}\}"\]; allowed: of placeholders \{\{app\}\}, .*, \{\{to\}\}$/,
  },
  {
    title: "a query that the kind of load balancer has no answer to",
    raw: prod({
      ...judged({ ...errors, source: "cloudwatch", query: "error-rate", threshold: 1 }),
      aws: { loadBalancer: "nlb" },
    }),
    line: /^rollout\.analysis\.metrics\[0\]\.query is "error-rate"; allowed: METRIC:STATISTIC, or a built-in query for aws\.loadBalancer nlb$/,
  },
  {
    title: "a site that Datadog does not have",
    raw: dev({ rollout: { sources: { datadog: { site: "app.datadoghq.com" } } } }),
    line: /^rollout\.sources\.datadog\.site is "app\.datadoghq\.com"; allowed: one of datadoghq\.com, us3\.datadoghq\.com/,
  },
  {
    title: "a database without an organization",
    raw: dev({ rollout: { sources: { influxdb: { url: "https://influx.example.com" } } } }),
    line: /^rollout\.sources\.influxdb\.org is missing; allowed: an organization's name or id$/,
  },
  {
    title: "a database's token among the settings",
    raw: dev({
      rollout: { sources: { influxdb: { url: "https://i.example.com", org: "ops", token: "s3cret" } } },
    }),
    line: /^rollout\.sources\.influxdb\.token: no such key; allowed: org, url$/,
  },
  {
    title: "a source's address with a password in it",
    raw: dev({ rollout: { sources: { prometheus: { url: "https://me:s3cret@metrics.example.com" } } } }),
    line: /^rollout\.sources\.prometheus\.url is \[secret\]; allowed: an address .* without a name or password in it$/,
  },
  {
    title: "a header's value in place of its variable's name",
    raw: dev({
      rollout: {
        sources: { http: { url: "https://a.example.com", headers: { Authorization: "Bearer x" } } },
      },
    }),
    line: /^rollout\.sources\.http\.headers\.Authorization is \[secret\]; allowed: the name of an environment variable/,
  },
  {
    title: "metrics of a router that has no built-in queries",
    raw: dev({ rollout: { sources: { prometheus: { url: "http://p:9090", metrics: "haproxy" } } } }),
    line: /^rollout\.sources\.prometheus\.metrics is "haproxy"; allowed: one of traefik, nginx, istio$/,
  },
  {
    title: "a source that is a command line",
    raw: dev({ rollout: { sources: { command: { argv: "errors.sh myapp" } } } }),
    line: /^rollout\.sources\.command\.argv is "errors\.sh myapp"; allowed: a list of a program and its arguments$/,
  },
  {
    title: "a notice's address in place of its variable's name",
    raw: dev({
      rollout: { notices: [{ kind: "slack", urlFrom: "https://hooks.slack.com/services/T/B/s3cret" }] },
    }),
    line: /^rollout\.notices\[0\]\.urlFrom is \[secret\]; allowed: the name of an environment variable, not the value itself$/,
  },
  {
    title: "a notice that is but an address",
    raw: dev({ rollout: { notices: ["https://hooks.slack.com/services/T/B/s3cret"] } }),
    line: /^rollout\.notices\[0\] is \[secret\]; allowed: an object with kind, urlFrom, on$/,
  },
  {
    title: "a notice to nobody known",
    raw: dev({ rollout: { notices: [{ kind: "irc", urlFrom: "HOOK" }] } }),
    line: /^rollout\.notices\[0\]\.kind is "irc"; allowed: one of slack, teams, webhook$/,
  },
  {
    title: "a notice on an occasion that there is not",
    raw: dev({ rollout: { notices: [{ kind: "slack", urlFrom: "HOOK", on: ["judged"] }] } }),
    line: /^rollout\.notices\[0\]\.on\[0\] is "judged"; allowed: one of start, step, verdict$/,
  },
  {
    title: "a source in no region",
    raw: dev({ rollout: { sources: { cloudwatch: { region: "Ireland" } } } }),
    line: /^rollout\.sources\.cloudwatch\.region is "Ireland"; allowed: a region such as eu-central-1$/,
  },
  ...badEngines,
];
