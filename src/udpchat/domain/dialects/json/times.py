"""Times as the JSON dialect writes them: RFC 3339, in UTC, with milliseconds."""

from __future__ import annotations

_DAY = 86_400_000  # milliseconds
_ERA = 146_097  # days of 400 years, after which the calendar repeats itself
_BEFORE_1970 = 719_468  # days from the 1st of March of the year 0 to the 1st of January 1970
LAST = 253_402_300_799.999  # seconds since 1970 UTC: the end of the year 9999, behind which RFC 3339 has no time


def rfc3339(at: float) -> str:
    """Return a time, in seconds since 1970 UTC, as `2026-11-25T20:00:00.123Z`. What is out of range is moved into it.

    The domain reads no calendar from the system. This is the algorithm `civil_from_days` of Howard Hinnant: years begin
    in March, so that the day that leap years add is the last one of a year.
    """
    days, rest = divmod(round(min(max(at, 0.0), LAST) * 1000), _DAY)
    era, day_of_era = divmod(days + _BEFORE_1970, _ERA)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9  # noqa: PLR2004 - January is 10
    year = 400 * era + year_of_era + (month <= 2)  # noqa: PLR2004 - January and February
    seconds, milliseconds = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z"
