import { planes } from "./planes";
import { claimsOf } from "./planes/claims";
import { limitsOf } from "./planes/limits";
import { pathsOf } from "./planes/paths";
import { switchesOf } from "./planes/switch";

claimsOf(planes.istio);
limitsOf(planes.istio, "limits-istio");
pathsOf(planes.istio, "paths-istio");
switchesOf(planes.istio, "moving-istio");
