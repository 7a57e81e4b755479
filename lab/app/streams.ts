/** What the demo app answers in streams: WebSockets by its HTTP ports, and gRPC by ports of its own. */
import type { Server as HttpServer } from "node:http";
import * as grpc from "@grpc/grpc-js";
import { WebSocketServer } from "ws";

/** The one gRPC service: each message of a stream is answered by one, behind the variant's name. */
export const STREAMS = {
  echo: {
    path: "/lab.Streams/Echo",
    requestStream: true,
    responseStream: true,
    requestSerialize: (text: string) => Buffer.from(text),
    requestDeserialize: String,
    responseSerialize: (text: string) => Buffer.from(text),
    responseDeserialize: String,
  },
} satisfies grpc.ServiceDefinition;

/** The answer to a message. */
export const echoed = (variant: string, message: unknown): string => `${variant} ${message}`;

/** Lets a server take WebSockets, on any path. */
export function takeWebSockets(server: HttpServer, variant: string): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on("message", (message) => opened.send(echoed(variant, message)));
    });
  });
}

/** Resolves with a server of the gRPC service once it listens, by HTTP/2 without TLS. */
export async function serveGrpc(address: string, port: number, variant: string): Promise<grpc.Server> {
  const server = new grpc.Server();
  server.addService(STREAMS, {
    echo(call: grpc.ServerDuplexStream<string, string>) {
      call.on("data", (message) => call.write(echoed(variant, message)));
      call.on("end", () => call.end());
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`${address}:${port}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  return server;
}
