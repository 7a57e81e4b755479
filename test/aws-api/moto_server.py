"""moto's server, which ends with the process that started it, however that one ends: its standard input is open till then."""

import os
import sys
import threading

from moto.server import main


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
main(sys.argv[1:])
