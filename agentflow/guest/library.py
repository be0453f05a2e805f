"""What the standard library would look for on the disk while a plan runs: loaded before, since then it is too late.

A guest can open no file. What is imported late, the codecs of `str.encode` and the rules of time zones are therefore
in memory before the first guest is forked.
"""

from __future__ import annotations

import codecs
import importlib
import io
import os
import random
import time
import zoneinfo
import zoneinfo._common
import zoneinfo._tzpath

CODECS = """ascii big5 big5hkscs cp037 cp437 cp500 cp775 cp850 cp852 cp855 cp857 cp858 cp862 cp865 cp866 cp932 cp949
    cp950 cp1140 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 euc-jp euc-kr gb18030 gb2312 gbk hz
    idna iso2022-jp iso2022-kr iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9
    iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 johab koi8-r koi8-u latin-1 mac-cyrillic
    mac-greek mac-latin2 mac-roman mac-turkish punycode raw-unicode-escape shift_jis tis-620 unicode-escape utf-7
    utf-8 utf-8-sig utf-16 utf-16-be utf-16-le utf-32 utf-32-be utf-32-le"""
"""Those that a plan can name in `str.encode` and `bytes.decode`."""
MODULES = "_strptime heapq unicodedata stringprep _decimal _datetime _zoneinfo locale traceback linecache"


def load() -> None:
    """Fetch it all; and make this process one without an environment, in UTC."""
    os.environ.clear()
    os.environ["TZ"] = "UTC"  # else naive times follow the host's /etc/localtime, and a replay elsewhere differs
    time.tzset()
    for name in CODECS.split():
        codecs.lookup(name)
    for name in MODULES.split():
        importlib.import_module(name)
    random.Random("a text")  # the first seed that is one imports a hash
    _remember_zones()


def _remember_zones() -> None:
    """Keep the rules of all time zones: about 400 kB, read in 20 milliseconds."""
    rules = {key: _rules(key) for key in sorted(zoneinfo.available_timezones())}

    def remembered(key: str) -> io.BytesIO:
        if key not in rules:
            raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")
        return io.BytesIO(rules[key])

    zoneinfo._common.load_tzdata = remembered  # type: ignore[assignment]  # what ZoneInfo asks where no folder has it
    zoneinfo.reset_tzpath(())


def _rules(key: str) -> bytes:
    path = zoneinfo._tzpath.find_tzfile(key)
    if path is None:
        with zoneinfo._common.load_tzdata(key) as file:
            return bytes(file.read())
    with open(path, "rb") as file:
        return file.read()
