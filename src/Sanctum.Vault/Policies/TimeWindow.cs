using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sanctum.Policies;

/// <summary>A daily span of time, from <paramref name="Start"/> up to but not including <paramref name="End"/>; wraps midnight when the end is earlier.</summary>
/// <param name="Start">When it begins.</param>
/// <param name="End">When it is over; never the same as <paramref name="Start"/>, which could mean all day or never.</param>
public sealed record TimeWindow(TimeOnly Start, TimeOnly End)
{
    /// <summary>Reads <c>"HH:MM"</c> twice.</summary>
    public static bool TryParse(string? start, string? end, [NotNullWhen(true)] out TimeWindow? window)
    {
        window = TryParse(start, out var from) && TryParse(end, out var to) && from != to ? new TimeWindow(from, to) : null;
        return window is not null;
    }

    /// <summary>Whether a time of day lies in it.</summary>
    public bool Contains(TimeOnly time) => time.IsBetween(Start, End);

    /// <summary><c>HH:MM-HH:MM</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Start:HH\\:mm}-{End:HH\\:mm}");

    private static bool TryParse(string? text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
