/** Settings of apps: hosts, images, pods that are refused. */

import { app, aws, dev, myapp, onBoth, prod } from "../raw";
import type { BadSettings } from ".";

export const badApps: BadSettings = [
  {
    title: "an app with the name and the namespace of the program's Traefik",
    raw: dev({ apps: { traefik: { host: "t.example.com", image: "t:1" } } }),
    line: /^apps\.traefik is "traefik"; allowed: a name whose objects have other names than those of Traefik: both have Service traefik$/,
  },
  {
    title: "an app's misspelt key",
    raw: app({ canaryimage: "a:1" }),
    line: /^apps\.myapp\.canaryimage: no such key, did you mean canaryImage\? allowed: canaryImage, /,
  },
  {
    title: "a key of the top in an app",
    raw: app({ secrets: { TOKEN: "sesame" } }),
    line: /^apps\.myapp\.secrets: no such key here, as secrets stands at the top; allowed: /,
  },
  {
    title: "a key that resembles none",
    raw: app({ colour: "blue" }),
    line: /^apps\.myapp\.colour: no such key; allowed: (\w+, ){10}\.\.\.$/,
  },
  {
    title: "apps that are a list",
    raw: { ...dev({}), apps: ["myapp"] },
    line: /^apps is \["myapp"\]; allowed: a map from app names/,
  },
  {
    title: "no app at all",
    raw: { ...dev({}), apps: {} },
    line: /^apps is \{\}; allowed: one app or more$/,
  },
  {
    title: "an app's name in capitals",
    raw: { ...dev({}), apps: { MyApp: myapp } },
    line: /^apps\.MyApp is "MyApp"; allowed: as a key, a name of at most/,
  },
  {
    title: "an app without a host",
    raw: app({ host: undefined }),
    line: /^apps\.myapp\.host is missing: set it to a host name/,
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
    line: /^apps\.myapp\.image is missing: set it to an image, on platform kubernetes$/,
  },
  {
    title: "an image with a space",
    raw: app({ image: "my app:1" }),
    line: /^apps\.myapp\.image is "my app:1"; allowed: a container image/,
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
    title: "a name with no room for a canary's own target group",
    raw: prod({
      aws: { loadBalancer: "nlb" },
      apps: { "an-app-of-16-char": { host: "a.example.com", canaryHost: "b.example.com" } },
    }),
    line: /^apps\.an-app-of-16-char is .*; allowed: at most 24 characters as a load balancer's name, an-app-of-16-char-canary-own has 28$/,
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
  ...(
    [
      ["replicas", "front", "Service"],
      ["blue-green", "preview", "Service"],
      ["proxy", "proxy", "Deployment"],
      ["traefik", "fallback", "IngressRoute"],
      ["traefik", "canary", "Deployment"],
    ] as const
  ).map(([router, suffix, kind]) => ({
    title: `an app that has the name of the ${kind} that another has of router ${router}`,
    raw: {
      ...dev({ router, canaryWeight: 0 }),
      apps: {
        shop: { ...myapp, host: "shop.example.com" },
        [`shop-${suffix}`]: { host: "other.example.com", image: "other:1", namespace: "other" },
      },
    },
    line: new RegExp(
      `^apps\\.shop-${suffix} is "shop-${suffix}"; allowed: a name whose objects have other names than those of app shop: both have ${kind} shop-${suffix}$`,
    ),
  })),
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
    title: "an app with the name of every object's prototype",
    raw: dev({ apps: JSON.parse('{"__proto__": {"host": "a.example.com"}}') }),
    line: /^apps\.__proto__ is "__proto__"; allowed: as a key, another name$/,
  },
  {
    title: "a container image on AWS",
    raw: prod({ apps: { myapp: { host: "myapp.example.com", image: "a:1" } } }),
    line: /^apps\.myapp\.image is "a:1"; allowed: on platform kubernetes(, migration)? only$/,
  },
  {
    title: "a migration of a canary that the cluster would lack",
    raw: onBoth({ apps: { myapp: { host: "myapp.example.com", image: "a:1" } } }),
    line: /^apps\.myapp\.canaryImage is missing: set it to an image, on platform migration, as the app's fleets have a canary$/,
  },
  {
    title: "a host outside of the zone",
    raw: aws({ zoneName: "example.org" }),
    line: /^apps\.myapp\.host is "myapp\.example\.com"; allowed: example\.org, which is aws\.zoneName, or a name below it$/,
  },
  {
    title: "arguments that are a text",
    raw: app({ args: "-v" }),
    line: /^apps\.myapp\.args is "-v"; allowed: a list of texts$/,
  },
];
