using Microsoft.Extensions.Time.Testing;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Tests;

public sealed class TimeTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public TimeTests() => _clock.SetLocalTimeZone(TimeZoneInfo.CreateCustomTimeZone("here", TimeSpan.FromHours(2), "here", "here"));

    [Theory]
    [InlineData("90s", "2026-01-31T11:58:30.000Z")]
    [InlineData("15m", "2026-01-31T11:45:00.000Z")]
    [InlineData("2h", "2026-01-31T10:00:00.000Z")]
    [InlineData("7d", "2026-01-24T12:00:00.000Z")]
    [InlineData("2026-01-31T09:00:00Z", "2026-01-31T09:00:00.000Z")]
    [InlineData("2026-01-31T09:00:00.250Z", "2026-01-31T09:00:00.250Z")]
    [InlineData("2026-01-31T09:00:00+01:00", "2026-01-31T08:00:00.000Z")]
    [InlineData("2026-01-31T09:00", "2026-01-31T07:00:00.000Z")]
    [InlineData("2026-01-31 09:00", "2026-01-31T07:00:00.000Z")]
    [InlineData("2026-01-31", "2026-01-30T22:00:00.000Z")]
    public void A_moment_is_so_long_ago_or_a_time_here_unless_it_names_its_zone(string text, string moment)
    {
        Assert.True(Times.TryParseMoment(text, _clock, out var parsed));
        Assert.Equal(moment, Times.Utc(parsed));
    }

    [Theory]
    [InlineData("")]
    [InlineData("15")]
    [InlineData("m")]
    [InlineData("0m")]
    [InlineData("-5m")]
    [InlineData("5 m")]
    [InlineData("1w")]
    [InlineData("99999999999s")]
    [InlineData("2000000000d")]
    [InlineData("2000000000h")]
    [InlineData("yesterday")]
    [InlineData("31.01.2026")]
    [InlineData("2026-02-30")]
    public void Anything_else_is_not_a_moment(string text) => Assert.False(Times.TryParseMoment(text, _clock, out _));

    [Theory]
    [InlineData(-1, "over")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(7200, "2h")]
    [InlineData(172800, "2d")]
    public void What_is_left_is_said_in_the_unit_that_says_enough(int seconds, string text) => Assert.Equal(text, Times.Span(TimeSpan.FromSeconds(seconds)));
}
