import { planes } from "./planes";
import { claimsOf } from "./planes/claims";
import { limitsOf } from "./planes/limits";
import { pathsOf } from "./planes/paths";
import { switchesOf } from "./planes/switch";

claimsOf(planes.contour);
limitsOf(planes.contour, "limits-contour");
pathsOf(planes.contour, "paths-contour");
switchesOf(planes.contour, "moving-contour");
