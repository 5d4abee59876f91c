"""How gunicorn serves the product: a few processes with threads, behind nginx on a local socket."""

import multiprocessing
import os

# What nginx.conf points at; systemd makes the folder.
bind = os.environ.get("ZHICUNBAO_BIND", "unix:/run/zhicunbao/web.sock")
# A page waits for the database about as long as it computes, hence threads beside processes. Each
# thread keeps one database connection: processes x threads must stay under max_connections.
workers = multiprocessing.cpu_count() + 1
threads = 4
worker_class = "gthread"
# Ten photos over a village's line take a while; nginx holds them until they are complete.
timeout = 60
# Give memory back from time to time, not all processes at once.
max_requests = 5_000
max_requests_jitter = 500
# Heartbeats in memory: on a slow disk they would stop the process.
worker_tmp_dir = "/dev/shm"  # noqa: S108 -- gunicorn makes its own unguessable file there
# systemd starts, stops and reloads it; no second way in.
control_socket_disable = True
accesslog = None  # nginx keeps one
