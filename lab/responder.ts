/**
 * Answers for every pod that runs the demo app: one process, with listeners on each pod's address. The kubelet tells it by IPC
 * which pods there are.
 */
import { App, type AppOptions } from "./app/app";

/** What the kubelet asks. Each request is answered by a `ResponderAnswer` of the same id. */
export type ResponderRequest = { readonly id: number } & (
  | { readonly type: "start"; readonly container: string; readonly options: AppOptions }
  /** Answered once every request in flight is done. */
  | { readonly type: "finish"; readonly container: string }
  | { readonly type: "kill"; readonly container: string }
);

export interface ResponderAnswer {
  readonly id: number;
  /** Why it could not be done. */
  readonly error?: string;
}

const apps = new Map<string, App>();

async function handle(request: ResponderRequest): Promise<void> {
  const { type, container } = request;
  if (type === "start") {
    const app = new App(request.options);
    apps.set(container, app);
    await app.start();
  } else if (type === "finish") {
    await apps.get(container)?.finish();
  } else {
    apps.get(container)?.kill();
    apps.delete(container);
  }
}

process.on("message", (request: ResponderRequest) => {
  handle(request).then(
    () => process.send?.({ id: request.id } satisfies ResponderAnswer),
    (error: Error) => process.send?.({ id: request.id, error: error.message } satisfies ResponderAnswer),
  );
});
process.once("disconnect", () => process.exit());
