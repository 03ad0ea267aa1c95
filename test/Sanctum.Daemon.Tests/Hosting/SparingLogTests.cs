using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Tests.Hosting;

/// <summary>What strangers can have logged fills no disk, and none of it goes untold.</summary>
public sealed partial class SparingLogTests
{
    // With one number, one kind would be counted as the other.
    [Fact]
    public void Each_kind_of_line_has_a_number_of_its_own()
    {
        var numbers = typeof(DaemonLog).GetMethods().Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId).OfType<int>().ToList();
        Assert.NotEmpty(numbers);
        Assert.Equal(numbers.Distinct().Count(), numbers.Count);
    }

    [Fact]
    public void Ten_of_a_kind_are_written_in_a_minute_and_the_rest_is_counted()
    {
        var time = new FakeTimeProvider();
        var lines = new Lines();
        using (var log = new SparingLog(lines, time))
        {
            var (first, again, other) = (log.CreateLogger("a"), log.CreateLogger("a"), log.CreateLogger("b"));
            for (var i = 0; i < 25; i++)
            {
                (i % 2 == 0 ? first : again).LogWarning(new EventId(1), "refused");
            }

            first.LogError(new EventId(2), "failed");
            other.LogWarning(new EventId(1), "of another part");
            Assert.Equal(10, lines.Count("a", "refused"));
            Assert.Equal((1, 1), (lines.Count("a", "failed"), lines.Count("b", "of another part")));

            time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(1, lines.Count("a", "and 15 more of these within a minute"));
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(13, lines.All.Count);
            for (var i = 0; i < 12; i++)
            {
                first.LogWarning(new EventId(1), "refused");
            }

            Assert.Equal(20, lines.Count("a", "refused"));
        }

        Assert.Equal(1, lines.Count("a", "and 2 more of these within a minute"));
        Assert.All(lines.All, line => Assert.True(line.Level >= LogLevel.Warning));
    }

    // Whoever has each call logged wants each call.
    [Fact]
    public void What_is_no_warning_is_written_each_time()
    {
        var lines = new Lines();
        using var log = new SparingLog(lines, new FakeTimeProvider());
        for (var i = 0; i < 100; i++)
        {
            log.CreateLogger("a").LogDebug(new EventId(1), "a call");
            log.CreateLogger("a").LogInformation(new EventId(2), "something");
        }

        Assert.Equal(200, lines.All.Count);
    }

    [Fact]
    public async Task Thousands_of_connections_that_are_refused_make_a_few_lines_that_tell_how_many()
    {
        const int batches = 20, batch = 100;
        await using var vault = await VaultFixture.CreateAsync();
        vault.Configure("""{"limits":{"unauthenticated_connections":2}}""");
        using var daemon = await DaemonProcess.StartAsync(vault);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < batches; i++)
        {
            var wires = new List<AgentWire>();
            for (var j = 0; j < batch; j++)
            {
                wires.Add(await AgentWire.ConnectAsync(vault.Socket));
            }

            await Eventually.Async(() => wires.Count(wire => wire.IsTold) >= batch - 2);
            wires.ForEach(wire => wire.Socket.Dispose());
        }

        await daemon.TerminateAsync();
        var log = await daemon.Log.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(2));
        var told = log.Split('\n').Count(line => line.Contains("refused: too many connections", StringComparison.Ordinal));
        var counted = More.Matches(log).Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.InRange(told, 1, SparingLog.EachMinute * (clock.Elapsed.TotalMinutes + 2));
        Assert.InRange(told + counted, batches * (batch - 2), batches * batch);
    }

    [GeneratedRegex("and ([0-9]+) more of these within a minute")]
    private static partial Regex More { get; }

    private sealed class Lines : ILoggerFactory
    {
        public ConcurrentQueue<(string Category, LogLevel Level, string Text)> All { get; } = new();

        public int Count(string category, string text) => All.Count(line => line.Category == category && line.Text == text);

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }

        private sealed class Logger(Lines lines, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.All.Enqueue((category, logLevel, formatter(state, exception)));
        }
    }
}
