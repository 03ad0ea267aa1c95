using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// The log of all parts and libraries, in which nobody fills a disk: of the warnings and errors of one kind, the first few in a minute are written one by
/// one. The rest is counted, and the count is a line of its own once the minute is over.
/// </summary>
internal sealed class SparingLog : ILoggerFactory
{
    /// <summary>How many of one kind are written in a minute.</summary>
    public const int EachMinute = 10;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ILoggerFactory _inner;
    private readonly ITimer _minutes;

    // As many as there are places in the code that write to the log.
    private readonly ConcurrentDictionary<(string Category, EventId Event), Kind> _kinds = new();

    public SparingLog(ILoggerFactory inner, TimeProvider time)
    {
        _inner = inner;
        _minutes = time.CreateTimer(_ => EndMinute(), null, Minute, Minute);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName, _inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => _inner.AddProvider(provider);

    /// <summary>Writes what has been counted. The inner log is its owner's.</summary>
    public void Dispose()
    {
        _minutes.Dispose();
        EndMinute();
    }

    private void EndMinute()
    {
        foreach (var (_, kind) in _kinds)
        {
            kind.EndMinute();
        }
    }

    private sealed class Logger(SparingLog all, string category, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Below warnings nothing is written that a stranger can cause, unless somebody asked for each connection and call.
            if (logLevel < LogLevel.Warning || !inner.IsEnabled(logLevel) || all._kinds.GetOrAdd((category, eventId), static (key, log) => new Kind(log, key.Event), inner).MayWrite(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }

    private sealed class Kind(ILogger log, EventId id)
    {
        private readonly Lock _gate = new();
        private int _seen;
        private LogLevel _level;

        public bool MayWrite(LogLevel level)
        {
            lock (_gate)
            {
                _level = level;
                return ++_seen <= EachMinute;
            }
        }

        public void EndMinute()
        {
            int more;
            lock (_gate)
            {
                (more, _seen) = (_seen - EachMinute, 0);
            }

            if (more > 0)
            {
                log.Log(_level, id, more, null, static (more, _) => string.Create(CultureInfo.InvariantCulture, $"and {more} more of these within a minute"));
            }
        }
    }
}
