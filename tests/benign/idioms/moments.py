"""What plans do with dates and times that they are given."""

import calendar
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

AT = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)


def reading():
    return [
        datetime.fromisoformat("2027-01-02T03:04:05+01:00").isoformat(), datetime.fromisoformat("2027-01-02").isoformat(),
        datetime.fromisoformat("2027-01-02T03:04:05Z").isoformat(), date.fromisoformat("2027-01-02").isoformat(), time.fromisoformat("09:30").isoformat(),
        datetime.strptime("02.01.2027 15:04", "%d.%m.%Y %H:%M").isoformat(), datetime.strptime("Jan 5, 2027", "%b %d, %Y").isoformat(),
        datetime.strptime("Sat 09 Jan 2027 +0530", "%a %d %b %Y %z").isoformat(), datetime.fromtimestamp(0, UTC).isoformat(),
        datetime.fromtimestamp(1.5, tz=timezone(timedelta(hours=2), "here")).isoformat(), datetime.strptime("12:30 PM", "%I:%M %p").hour,
        datetime.strptime("2027-032", "%Y-%j").isoformat(), date.fromisocalendar(2027, 1, 1).isoformat(), date.fromordinal(740_000).isoformat(),
    ]  # fmt: skip


def writing():
    return [
        f"{AT:%d.%m.%Y %H:%M}",
        AT.strftime("%A, %d %B %Y %I:%M:%S %p %j %U"),
        f"{AT.date():%b %y}",
        AT.isoformat(" ", "minutes"),
        str(AT),
        AT.ctime(),
        f"{AT:%Y-W%V-%u}",
        f"{AT}",
        AT.time().isoformat(),
        "{:%H}".format(AT),
        format(AT, "%M"),
        AT.strftime("%c %x %X %Z %%"),
    ]


def adding():
    week = timedelta(weeks=1, hours=3)
    return [
        str(AT + week),
        str(AT - timedelta(days=400)),
        str(AT - datetime(2027, 1, 1, tzinfo=UTC)),
        week.days,
        week.seconds,
        week.total_seconds(),
        str(week / 2),
        week // timedelta(days=1),
        str(-week),
        str(abs(-week)),
        str(week * 1.5),
        str(week % timedelta(days=2)),
        timedelta(hours=3) > timedelta(minutes=100),
        str(sum([week, week], timedelta())),
    ]


def zones():
    berlin, york, tokyo = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
    before = AT.astimezone(berlin)
    after = (AT + timedelta(hours=1)).astimezone(berlin)
    wall = datetime(2027, 10, 31, 2, 30, tzinfo=berlin)
    return [
        before.isoformat(),
        after.isoformat(),
        after.tzname(),
        str(after.utcoffset()),
        str(before.dst()),
        wall.isoformat(),
        wall.replace(fold=1).isoformat(),
        AT.astimezone(york).isoformat(),
        AT.astimezone(tokyo).strftime("%H:%M %Z"),
        berlin.key,
        str(tokyo),
        (after - before).total_seconds(),
        ZoneInfo("UTC") is ZoneInfo("UTC"),
    ]


def many_zones():
    names = [
        "Africa/Nairobi",
        "America/Sao_Paulo",
        "Asia/Kolkata",
        "Australia/Sydney",
        "Europe/London",
        "Pacific/Auckland",
        "Etc/GMT+5",
        "US/Pacific",
        "Asia/Kathmandu",
    ]
    return {name: AT.astimezone(ZoneInfo(name)).isoformat() for name in names}


def no_zone():
    out = []
    for name in ("Europe/Atlantis", "nonsense"):
        try:
            ZoneInfo(name)
        except ZoneInfoNotFoundError:
            out.append(name)
    return out


def parts():
    day = date(2027, 3, 28)
    return [
        day.weekday(),
        day.isoweekday(),
        tuple(day.isocalendar()),
        day.timetuple().tm_yday,
        AT.timestamp(),
        (day.replace(day=1) - timedelta(days=1)).isoformat(),
        datetime.combine(day, time(9, 5), UTC).isoformat(),
        AT.date() == day,
        day.toordinal(),
        AT.tzinfo is UTC,
        date.max.year,
        AT.replace(hour=5, tzinfo=None).isoformat(),
        AT.utctimetuple().tm_hour,
    ]


def months():
    return [
        calendar.monthrange(2028, 2),
        calendar.isleap(2028),
        calendar.monthcalendar(2027, 2),
        calendar.day_name[0],
        calendar.month_abbr[12],
        calendar.weekday(2027, 5, 1),
        list(calendar.day_abbr),
        calendar.timegm((1970, 1, 2, 0, 0, 0)),
        calendar.FRIDAY == 4,
        len(list(calendar.month_name)),
    ]


def month_later():
    day, out = date(2027, 1, 31), []
    for _ in range(4):
        year, month = day.year + day.month // 12, day.month % 12 + 1
        day = date(year, month, min(31, calendar.monthrange(year, month)[1]))
        out.append(day.isoformat())
    return out


def working_days():
    day, left = date(2027, 1, 29), 3
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day.isoformat(), [str(d) for d in (date(2027, 1, 1) + timedelta(n) for n in range(3)) if d.weekday() != 6]


def wrong_dates():
    out = []
    for text in ("2027-02-30", "tomorrow", "2027-1-1"):
        try:
            date.fromisoformat(text)
        except ValueError as error:
            out.append(str(error))
    try:
        datetime.strptime("x", "%Y")
    except ValueError as error:
        out.append(str(error))
    try:
        AT < datetime(2027, 1, 1)
    except TypeError as error:
        out.append(str(error))
    return out


def comparing():
    days = [date(2027, 5, 1), date(2026, 1, 1), date(2027, 4, 30)]
    return [
        str(min(days)),
        str(sorted(days, key=lambda d: (d.month, d.day))[0]),
        isinstance(AT, datetime),
        isinstance(AT, date),
        isinstance(days[0], datetime),
        len({AT, AT.astimezone(ZoneInfo("Asia/Tokyo"))}),
        {days[0]: 1}[date(2027, 5, 1)],
    ]
