import { readFileSync } from "node:fs";
import { contourPart, envoyPart } from "../../../lab/parts";
import { programsOf } from "../built";
import { type Bootstrap, Controlled } from "./envoy";
import { type DataPlane, drawn } from "./plane";

/** Where its Envoy takes requests: an address of a node that nobody else has. */
const ADDRESS = "10.78.9.1";
const XDS_PORT = 8001;

/** Contour's own program, and an Envoy that it tells what to do. */
export const contour: DataPlane = {
  title: "Envoy, by Contour",
  router: "contour",
  settings: [],
  tier: "full",
  parts: [contourPart, envoyPart],
  spread: drawn,
  promised: { missing: "primary", portless: "primary", empty: "503", refusing: "503", hanging: "nothing" },
  async start(lab) {
    const programs = await programsOf([contourPart, envoyPart]);
    const program = programs.program("contour");
    const plane = new Controlled(lab);
    plane.run("contour", [
      ...[program, "serve", "--kubeconfig", lab.kubeconfig, "--insecure", "--disable-leader-election"],
      ...["--config-path", plane.file("contour.yaml", "{}\n")],
      ...["--xds-address=127.0.0.1", `--xds-port=${XDS_PORT}`, "--stats-address", ADDRESS],
      ...["--envoy-service-http-address", ADDRESS, "--envoy-service-http-port=80"],
      ...["--envoy-service-https-address", ADDRESS, "--envoy-service-https-port=443"],
    ]);
    const file = plane.file("bootstrap.json", "");
    await lab.exec([program, "bootstrap", file, "--xds-address=127.0.0.1", `--xds-port=${XDS_PORT}`]);
    const bootstrap = JSON.parse(readFileSync(file, "utf8")) as Bootstrap;
    const node = { id: "envoy", cluster: "projectcontour" };
    await plane.envoy(programs, { ...bootstrap, node }, ADDRESS);
    return {
      origins: async () => [`http://${ADDRESS}`],
      settled: () => plane.quiet(),
      stop: () => plane.stop(),
    };
  },
};
