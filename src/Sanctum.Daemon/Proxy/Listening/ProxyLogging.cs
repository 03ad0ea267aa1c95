using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Proxy.Forwarding;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>The daemon's log as the proxy's Kestrel gets it: responses that were cut off on purpose are no errors of ours, and have been logged.</summary>
internal sealed class ProxyLogging(ILoggerFactory daemons) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(daemons.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => daemons.AddProvider(provider);

    // It is the daemon's, which goes on.
    public void Dispose()
    {
    }

    private sealed class Logger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not CutOffException)
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
