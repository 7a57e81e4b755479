import { planes } from "./planes";
import { claimsOf } from "./planes/claims";
import { stickyOf } from "./planes/sticky";

claimsOf(planes["traefik-nginx"]);
stickyOf(planes["traefik-nginx"], "sticky-traefik-nginx");
