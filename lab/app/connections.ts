import type { Server } from "node:http";
import type { Socket } from "node:net";

const connections = new WeakMap<Server, Set<Socket>>();

/** Keeps account of a server's connections, so that `reset` knows them. */
export function trackConnections(server: Server): Server {
  const open = new Set<Socket>();
  connections.set(server, open);
  return server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
}

/** Resets a server's connections: the other end sees ECONNRESET, as when a process is killed amid requests. */
export function reset(server: Server): void {
  for (const socket of connections.get(server) ?? []) socket.resetAndDestroy();
}
