/** Starts appinfo, and stops it as Kubernetes asks for. */
import { AppInfo, ENDING } from "./app.ts";
import { appInfo } from "./info.ts";
import { switchesFrom } from "./switches.ts";

const { env } = process;
const app = new AppInfo({
  info: () => appInfo(env, env.LABELS_FILE ?? "/etc/labels"),
  labels: { version: env.VERSION ?? "" },
  ports: [Number(env.PORT ?? 8080)],
  adminPort: Number(env.ADMIN_PORT ?? 15099),
  switches: switchesFrom(env),
  ending: ENDING,
});

process.once("SIGTERM", () => void app.finish().then(() => process.exit()));

void app.start().then(() => console.log(`appinfo ${env.VERSION ?? ""} on port ${app.port}`));
