"""The peer: what a good script does. Polls N pages once with aiohttp, conditional or not, compares, keeps in SQLite.

    python3 aiohttp_poll.py BASE N ROUNDS   prints seconds and CPU seconds of the rounds after the first
"""

import asyncio
import json
import resource
import sqlite3
import sys
import time

import aiohttp


async def main():
    base, count, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    db = sqlite3.connect("/tmp/peer-aiohttp.db")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("CREATE TABLE IF NOT EXISTS pages (url TEXT PRIMARY KEY, etag TEXT, body TEXT)")
    known, healths = {}, {}
    limit = asyncio.Semaphore(64)

    async def poll(session, number):
        url = f"{base}/v{number:05}/api/v2/summary.json"
        headers = {"if-none-match": known[url]} if known.get(url) else {}
        async with limit, session.get(url, headers=headers) as answer:
            if answer.status == 304:
                return
            text = await answer.text()
            page = json.loads(text)
            now = {one["id"]: one["status"] for one in page["components"] if not one["group"]}
            changed = [one for one in now if healths.get(url, {}).get(one) != now[one]]
            healths[url] = now
            known[url] = answer.headers.get("etag")
            if changed:
                db.execute("INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", (url, known[url], text))

    connector = aiohttp.TCPConnector(limit=64, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        for turn in range(rounds + 1):
            if turn == 1:
                before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
            for first in range(0, count, 500):
                await asyncio.gather(*(poll(session, number) for number in range(first, min(first + 500, count))))
                db.commit()
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"seconds": round(time.monotonic() - began, 3), "cpu_s": round(cpu, 3), "polls": count * rounds, "rss_mb": used.ru_maxrss // 1024}))


asyncio.run(main())
