"""moto's server, which ends with the process that started it, however that one ends: its standard input is open till then."""

import os
import sys
import threading

from moto.elbv2 import models
from moto.server import main


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


# moto's ARNs of Network Load Balancers are those of Application Load Balancers.
asked = threading.local()
create_load_balancer = models.ELBv2Backend.create_load_balancer
make_arn = models.make_arn_for_load_balancer


def create_by_type(self, *args, **kwargs):
    asked.part = "net" if kwargs.get("loadbalancer_type") == "network" else "app"
    return create_load_balancer(self, *args, **kwargs)


models.ELBv2Backend.create_load_balancer = create_by_type
models.make_arn_for_load_balancer = lambda **names: make_arn(**names).replace("/app/", f"/{asked.part}/", 1)

threading.Thread(target=end_with_parent, daemon=True).start()
main(sys.argv[1:])
