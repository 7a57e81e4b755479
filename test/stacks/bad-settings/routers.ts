/** Settings of routers and of Traefik that are refused. */

import { app, dev, prod } from "../raw";
import type { BadSettings } from ".";

export const badRouters: BadSettings = [
  {
    title: "settings of a Traefik that the program does not run",
    raw: dev({ traefik: { install: false, ingressClass: "theirs", accessLog: true } }),
    line: /^traefik\.accessLog is true; allowed: with traefik\.install true only$/,
  },
  ...["providers", "redirectToHttps", "trustedIps", "version", "bodySeconds"].map((key) => {
    const values = { providers: ["crd"], redirectToHttps: true, trustedIps: ["10.0.0.0/8"], version: "v3" };
    const value = { ...values, bodySeconds: 60 }[key];
    return {
      title: `${key} of a Traefik that the program does not run`,
      raw: dev({ traefik: { install: false, ingressClass: "theirs", [key]: value } }),
      line: new RegExp(`^traefik\\.${key} is .*; allowed: with traefik\\.install true only$`),
    };
  }),
  ...["traefik", "replicas", "proxy"].map((router) => ({
    title: `router ${router} by a Traefik of unknown class`,
    raw: dev({ router, traefik: { install: false } }),
    line: /^traefik\.ingressClass is missing: set it to the class that your Traefik's CRD provider is set to, .* who serves myapp$/,
  })),
  {
    title: "a Gateway of unknown class",
    raw: dev({ router: "gateway", traefik: { install: false } }),
    line: /^apps\.myapp\.router is "gateway"; allowed: with traefik\.install false, routers\.gateway\.gatewayClass or existing/,
  },
  ...["traefik-v1", "nginx", "gateway", "istio", "openshift", "alb-ingress", "contour", "apisix"].map(
    (router) => ({
      title: `a time limit for canaries by router ${router}`,
      raw: dev({
        router,
        apps: {
          myapp: { image: "a:1", canaryImage: "a:2", host: "a.example.com", canaryTimeoutSeconds: 5 },
        },
        traefik: { version: router === "traefik-v1" ? "v1" : "v3" },
      }),
      line: /^apps\.myapp\.canaryTimeoutSeconds is 5; allowed: by traefik, proxy, not by /,
    }),
  ),
  ...["haproxy", "envoy"].map((implementation) => ({
    title: `a time limit for canaries by ${implementation}`,
    raw: app({ router: "proxy", routers: { proxy: { implementation } }, canaryTimeoutSeconds: 5 }),
    line: /^apps\.myapp\.router is "proxy"; allowed: no canaryTimeoutSeconds: .* limits no single variant, nginx does$/,
  })),
  {
    title: "what port 80 does of a host without a certificate",
    raw: app({ router: "openshift", routers: { openshift: { insecure: "None" } } }),
    line: /^apps\.myapp\.router is "openshift"; allowed: routers\.openshift\.insecure together with edge or tlsSecret only$/,
  },
  ...(
    [
      [{ path: "api" }, /^apps\.myapp\.path is "api"; allowed: a path such as \/api/],
      [
        { path: "/api/" },
        /^apps\.myapp\.path is "\/api\/"; allowed: a path such as \/api, .* without \/ at its end/,
      ],
      [{ path: "/a/../b" }, /^apps\.myapp\.path is "\/a\/\.\.\/b"; allowed: a path/],
      [{ path: "/a`b" }, /^apps\.myapp\.path is "\/a`b"; allowed: a path/],
      [{ stripPath: true }, /^apps\.myapp\.stripPath is true; allowed: together with path only$/],
      [{ pathType: "exact" }, /^apps\.myapp\.pathType is "exact"; allowed: together with path only$/],
      [
        { path: "/a", pathType: "regex" },
        /^apps\.myapp\.pathType is "regex"; allowed: one of prefix, exact$/,
      ],
      [{ hosts: ["*"] }, /^apps\.myapp\.hosts\[0\] is "\*"; allowed: a host name .* or \*\.example\.com$/],
      [{ hosts: ["a.*.com"] }, /^apps\.myapp\.hosts\[0\] is "a\.\*\.com"; allowed: a host name/],
      [
        { hosts: ["myapp.example.com"] },
        /^apps\.myapp\.hosts\[0\] is .*; allowed: another host than that of apps\.myapp\.host$/,
      ],
      [
        { path: "/a", pathType: "exact", router: "openshift" },
        /^apps\.myapp\.pathType is "exact"; allowed: by traefik, .*, not by openshift$/,
      ],
      [
        { path: "/a", stripPath: true, router: "contour" },
        /^apps\.myapp\.stripPath is true; allowed: by traefik, .*, not by contour$/,
      ],
      [
        { hosts: ["*.example.com"], router: "openshift" },
        /^apps\.myapp\.hosts\[0\] is "\*\.example\.com"; allowed: by traefik, .*, not by openshift$/,
      ],
    ] as const
  ).map(([change, line], i) => ({ title: `hosts and paths, ${i + 1}`, raw: app(change), line })),
  ...(
    [
      [
        { requestTimeoutSeconds: 0 },
        /^apps\.myapp\.requestTimeoutSeconds is 0; allowed: an integer from 1 to 86400 \(seconds\)$/,
      ],
      [
        { maxBodyBytes: "2Mi" },
        /^apps\.myapp\.maxBodyBytes is "2Mi"; allowed: an integer from 1 to \d+ \(bytes\)$/,
      ],
      [
        { requestTimeoutSeconds: 5, router: "alb-ingress" },
        /^apps\.myapp\.requestTimeoutSeconds is 5; allowed: by traefik, .*, not by alb-ingress$/,
      ],
      [
        { requestTimeoutSeconds: 5, router: "gateway" },
        /^apps\.myapp\.router is "gateway"; allowed: no requestTimeoutSeconds below Traefik/,
      ],
      [
        { maxBodyBytes: 5, router: "istio" },
        /^apps\.myapp\.maxBodyBytes is 5; allowed: by traefik, .*, not by istio$/,
      ],
      [
        { maxBodyBytes: 5, protocol: "grpc" },
        /^apps\.myapp\.router is "traefik"; allowed: no maxBodyBytes together with protocol grpc/,
      ],
      [
        { responseHeaders: { set: { "X-A": "b" } }, router: "nginx" },
        /^apps\.myapp\.responseHeaders is .*; allowed: by traefik, .*, not by nginx$/,
      ],
      [
        { host: undefined, canaryHost: undefined, requestTimeoutSeconds: 5, router: "replicas" },
        /^apps\.myapp\.router is "replicas"; allowed: requestTimeoutSeconds together with host only/,
      ],
      [
        { requestHeaders: { set: { Host: "a" } } },
        /^apps\.myapp\.requestHeaders\.set\.Host.*; allowed: as a key, a header's name .* other than host, connection/,
      ],
      [
        { requestHeaders: { set: { "X-A": "a$b" } } },
        /^apps\.myapp\.requestHeaders\.set\.X-A is "a\$b"; allowed: a text without/,
      ],
      [{ requestHeaders: {} }, /^apps\.myapp\.requestHeaders is .*; allowed: set or remove, with a header$/],
      [
        { requestHeaders: { set: { "X-A": "a" }, remove: ["x-a"] } },
        /^apps\.myapp\.requestHeaders is .*; allowed: each header once, not x-a twice$/,
      ],
      [
        { sticky: {}, responseHeaders: { remove: ["Set-Cookie"] } },
        /^apps\.myapp\.responseHeaders is "Set-Cookie"; allowed: other headers together with sticky$/,
      ],
      [
        { router: "openshift", responseHeaders: { set: { "Strict-Transport-Security": "max-age=5" } } },
        /^apps\.myapp\.router is "openshift"; allowed: no change of header Strict-Transport-Security/,
      ],
    ] as const
  ).map(([change, line], i) => ({ title: `limits and headers, ${i + 1}`, raw: app(change), line })),
  ...(
    [
      ["nginx", "h2c"],
      ["openshift", "grpc"],
      ["proxy", "grpc"],
      ["gateway", "https"],
    ] as const
  ).map(([router, protocol]) => ({
    title: `protocol ${protocol} by router ${router}`,
    raw: app({ router, protocol }),
    line: new RegExp(`^apps\\.myapp\\.protocol is "${protocol}"; allowed: by traefik.*, not by ${router}$`),
  })),
  {
    title: "an unknown protocol",
    raw: app({ protocol: "http2" }),
    line: /^apps\.myapp\.protocol is "http2"; allowed: one of http, h2c, grpc, https$/,
  },
  {
    title: "a path of an app without a host",
    raw: app({ host: undefined, router: "gateway", path: "/api" }),
    line: /^apps\.myapp\.path is "\/api"; allowed: together with host only$/,
  },
  ...(
    [
      [
        { host: "myapp.example.com" },
        {},
        /^apps\.shop\.host is .*; allowed: another host than that of apps\.myapp\.host$/,
      ],
      [
        { path: "/a" },
        { path: "/a" },
        /^apps\.shop\.host is .*; allowed: another host than that of apps\.myapp\.host, or another path$/,
      ],
      [
        { router: "proxy", path: "/a" },
        {},
        /^apps\.\w+\.router is .*: apps that share a host have one router$/,
      ],
      [
        { router: "contour", path: "/a" },
        { router: "contour" },
        /^apps\.\w+\.router is "contour"; allowed: another host than/,
      ],
      [
        { router: "istio", path: "/a" },
        { router: "istio" },
        /^apps\.\w+\.router is "istio"; allowed: routers\.istio\.gateways: apps of one host share/,
      ],
      [
        { router: "openshift", path: "/a" },
        { router: "openshift" },
        /^apps\.\w+\.router is "openshift"; allowed: the namespace of/,
      ],
      [
        { router: "alb-ingress", path: "/a" },
        { router: "alb-ingress" },
        /^apps\.\w+\.router is "alb-ingress"; allowed: routers\.alb-ingress\.group, the same as/,
      ],
    ] as const
  ).map(([shop, myapp, line], i) => ({
    title: `two apps of one host, ${i + 1}`,
    raw: dev({ apps: { myapp, shop: { host: "myapp.example.com", image: "a:1", ...shop } } }),
    line,
  })),
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
    title: "a cookie that is to say two things",
    raw: app({ sticky: {}, match: [{ header: "x-canary" }, { cookie: "variant" }] }),
    line: /^apps\.myapp\.sticky\.cookie is "variant"; allowed: a name that no cookie of match has, as match\[1\] does$/,
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
    title: "a canary in another namespace",
    raw: app({ canaries: { beta: { image: "a:1", weight: 1, namespace: "beta" } } }),
    line: /^apps\.myapp\.router is "traefik"; allowed: .*one namespace \(myapp\)/,
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
    title: "an app's router on AWS",
    raw: prod({ apps: { myapp: { host: "myapp.example.com", router: "traefik" } } }),
    line: /^apps\.myapp\.router is "traefik"; allowed: on platform kubernetes(, migration)? only$/,
  },
  {
    title: "Traefik on AWS",
    raw: prod({ traefik: { install: false } }),
    line: /^traefik is \{"install":false\}; allowed: on platform kubernetes(, migration)? only$/,
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
    raw: dev({ ...app({ router: "gateway", alsoRoutedBy: ["traefik"] }), traefik: { providers: ["crd"] } }),
    line: /^traefik\.providers is \["crd"\]; allowed: no such key, or crd, gateway, which router gateway of myapp needs; where another controller .*, traefik\.install false$/,
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
];
