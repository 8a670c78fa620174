"""Downloads from nginx with TLS on loopback: all checks, SHA-256 and fsync on our side, against clients that do less.

What this cannot show: real latency, loss, an object store. curl's time includes the start of its process, the Python
clients' leaves out interpreter and imports; curl checks no certificate here, the others trust the server's own.

    python benchmarks/bench_download.py        # needs nginx, curl, aria2c, openssl; requests, httpx2 and aiohttp
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import resource
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import httpx2
import numpy as np
import requests
from interleave import race, write

from clipaudio.audio.encode import encode
from clipaudio.download.many import download_many
from clipaudio.download.task import download
from clipaudio.http.client import HttpTransport, Trust

CONFIG = """
daemon off; worker_processes 1; error_log stderr crit; pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; keepalive_requests 100000;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location / {{ root {folder}/files; }}
    location /throttled/ {{ alias {folder}/files/; limit_rate 20m; limit_rate_after 1m; }} }}
}}
"""


@contextlib.contextmanager
def nginx(folder: Path):
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(CONFIG.format(folder=folder, port=port), "utf-8")
    folder.chmod(0o755)
    process = subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.05)
    try:
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def busy(count: int):
    """Keep *count* processes at work for nothing, as on a machine that is shared."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def by_us(base: str, cert: Path, out: Path, count: int):
    def run():
        transport = HttpTransport(trust=Trust(cafile=cert))
        items = ((f"{base}/{n}.wav", out / f"ours-{n}.wav") for n in range(count))
        assert all(one.done for one in download_many(items, transport=transport, allow_private=True))
        transport.close()

    return run


def by_curl(base: str, out: Path, count: int):
    def run():
        words = ["curl", "-s", "-S", "-k", "-Z", "--no-progress-meter", "--parallel-max", "8"]
        for n in range(count):
            words += ["-o", str(out / f"curl-{n}.wav"), f"{base}/{n}.wav"]
        subprocess.run(words, check=True)

    return run


def by_http_client(base: str, cert: Path, out: Path, count: int):
    """Let the standard library do it in 8 threads with kept connections and no checks: any check comes on top."""
    context, mine = ssl.create_default_context(cafile=cert), threading.local()

    def one(n):
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPSConnection(base.removeprefix("https://"), context=context)
            mine.buffer = memoryview(bytearray(1 << 18))
        mine.connection.request("GET", f"/{n}.wav")
        answer = mine.connection.getresponse()
        with (out / f"bare-{n}.wav").open("wb", buffering=0) as file:
            while received := answer.readinto(mine.buffer):
                file.write(mine.buffer[:received])

    def run():
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(count)))

    return run


def bench_small(base: str, cert: Path, out: Path, count: int) -> list[dict]:
    urls = [f"{base}/{n}.wav" for n in range(count)]
    context = ssl.create_default_context(cafile=cert)
    ours, curl, bare = by_us(base, cert, out, count), by_curl(base, out, count), by_http_client(base, cert, out, count)

    def plain_requests():
        for n, url in enumerate(urls):
            (out / f"requests-{n}.wav").write_bytes(requests.get(url, verify=cert, timeout=60).content)

    def by_httpx2():
        with httpx2.Client(verify=context) as client, ThreadPoolExecutor(8) as pool:
            for n, answer in enumerate(pool.map(client.get, urls)):
                (out / f"httpx2-{n}.wav").write_bytes(answer.content)

    async def gather():
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=8, ssl=context)) as session:

            async def one(n, url):
                async with session.get(url) as answer:
                    (out / f"aiohttp-{n}.wav").write_bytes(await answer.read())

            await asyncio.gather(*(one(n, url) for n, url in enumerate(urls)))

    rivals = {
        "clipaudio.download_many": ours,
        "curl -Z": curl,
        "http.client, 8 threads": bare,
        "requests.get, one after the other": plain_requests,
        "httpx2, 8 threads": by_httpx2,
        "aiohttp, 8 at once": lambda: asyncio.run(gather()),
    }
    spent = {
        "clipaudio.download_many": [cpu_of(resource.RUSAGE_SELF, ours) * 1e3 / count for _ in range(5)],
        "curl -Z": [cpu_of(resource.RUSAGE_CHILDREN, curl) * 1e3 / count for _ in range(5)],
    }
    rows = {
        name: {
            "median_ms": round(statistics.median(ms), 3),
            "fastest_ms": round(min(ms), 3),
            "slowest_ms": round(max(ms), 3),
        }
        for name, ms in spent.items()
    }
    ratio = rows["clipaudio.download_many"]["median_ms"] / rows["curl -Z"]["median_ms"]
    rows["curl -Z"]["ours_over_this"] = round(ratio, 4)
    what = "200 kB files, 8 at once"
    alone = race(rivals, rounds=5)
    with busy(8):
        beside = race(rivals, rounds=5)
    return [
        {"what": what, "size": f"{count} files", "rivals": alone},
        {"what": f"{what}, beside 8 busy processes", "size": f"{count} files", "rivals": beside},
        {"what": f"{what}: seconds of the processor", "size": "a file", "rivals": rows},
    ]


def bench_large(base: str, cert: Path, out: Path, megabytes: int) -> dict:
    """Each writes a new file: a replaced one would lend its memory to who writes into it."""
    transport = HttpTransport(trust=Trust(cafile=cert))
    url, target = f"{base}/large.wav", out / "large.wav"

    def ours():
        target.unlink(missing_ok=True)
        download(url, target, transport=transport, allow_private=True, max_bytes=1 << 31)

    def curl():
        target.unlink(missing_ok=True)
        subprocess.run(["curl", "-sk", "-o", str(target), url], check=True)

    rivals = {"clipaudio.download": ours, "curl": curl}
    return {"what": "one large file", "size": f"{megabytes} MB", "rivals": race(rivals, rounds=5)}


def bench_throttled(base: str, cert: Path, out: Path, megabytes: int) -> dict:
    transport = HttpTransport(trust=Trust(cafile=cert))
    url, target = f"{base}/throttled/medium.wav", out / "medium.wav"

    def ours():
        target.unlink(missing_ok=True)
        download(url, target, transport=transport, allow_private=True)

    def aria2c():
        target.unlink(missing_ok=True)
        command = ["aria2c", "-q", "-x8", "-s8", "-k1M", "--check-certificate=false", "--file-allocation=none"]
        subprocess.run([*command, "-d", str(out), "-o", target.name, url], check=True)

    rivals = {"clipaudio.download": ours, "aria2c, 8 connections": aria2c}
    return {"what": "20 MB/s a connection", "size": f"{megabytes} MB", "rivals": race(rivals, rounds=5)}


def cpu_of(who: int, run) -> float:
    before = resource.getrusage(who)
    run()
    after = resource.getrusage(who)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    count, megabytes = 1000, 500
    shm = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a disk shared with others has its own weather
    with tempfile.TemporaryDirectory(dir=shm) as name:
        folder, out = Path(name), Path(name) / "out"
        (folder / "files").mkdir()
        out.mkdir()
        noise = np.random.default_rng(1).uniform(-0.5, 0.5, 100_000)
        body = encode(noise, 22_050)
        for n in range(count):
            (folder / "files" / f"{n}.wav").write_bytes(body)
        with (folder / "files" / "large.wav").open("wb") as file:
            file.write(body)
            file.truncate(megabytes * 1_000_000)
        with (folder / "files" / "medium.wav").open("wb") as file:
            file.write(body)
            file.truncate(100_000_000)
        with nginx(folder) as base:
            results = [
                *bench_small(base, folder / "cert.pem", out, count),
                bench_large(base, folder / "cert.pem", out, megabytes),
                bench_throttled(base, folder / "cert.pem", out, 100),
            ]
        shutil.rmtree(out)
    write("download", results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
