import { planes } from "./planes";
import { claimsOf } from "./planes/claims";

claimsOf(planes["traefik-nginx"]);
