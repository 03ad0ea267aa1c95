using System.Globalization;

namespace Sanctum.Cli.Output;

/// <summary>Times and spans of time as people read and write them.</summary>
internal static class Times
{
    // A century: more is a slip, and would leave the range of times.
    private const long LongestSeconds = 36_500L * 86_400L;

    /// <summary>In the reader's own zone, which is named.</summary>
    public static string Local(DateTimeOffset time) =>
        TimeZoneInfo.ConvertTime(time, TimeProvider.System.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    /// <summary>ISO 8601 in UTC, as programs read it.</summary>
    public static string Utc(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary><c>90s</c>, <c>15m</c>, <c>2h</c>, <c>7d</c>: a whole number and a unit.</summary>
    public static bool TryParseSpan(string text, out TimeSpan span)
    {
        span = default;
        if (text.Length < 2 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var seconds = count * text[^1] switch { 's' => 1L, 'm' => 60L, 'h' => 3600L, 'd' => 86_400L, _ => 0L };
        span = TimeSpan.FromSeconds(Math.Min(seconds, LongestSeconds));
        return seconds is > 0 and <= LongestSeconds;
    }

    /// <summary>A moment: so long ago (<c>15m</c>), or ISO 8601; without a zone it is in the reader's own.</summary>
    public static bool TryParseMoment(string text, TimeProvider clock, out DateTimeOffset moment)
    {
        if (TryParseSpan(text, out var ago))
        {
            moment = clock.GetUtcNow() - ago;
            return true;
        }

        string[] zoned = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];
        string[] local = ["yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss"];
        if (DateTime.TryParseExact(text, [.. zoned, .. local], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var parsed))
        {
            var offset = parsed.Kind == DateTimeKind.Utc ? TimeSpan.Zero : clock.LocalTimeZone.GetUtcOffset(parsed);
            moment = new DateTimeOffset(DateTime.SpecifyKind(parsed, DateTimeKind.Unspecified), offset);
            return true;
        }

        moment = default;
        return false;
    }

    /// <summary>What is left, in the largest unit that says enough.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 0 } => "over",
        { TotalSeconds: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalSeconds}s"),
        { TotalMinutes: < 120 } => string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalMinutes}m"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalHours}h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)span.TotalDays}d"),
    };
}
