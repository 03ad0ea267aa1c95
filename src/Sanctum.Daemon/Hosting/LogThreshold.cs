using Microsoft.Extensions.Logging;

namespace Sanctum.Daemon.Hosting;

/// <summary>The least severe level that is logged. It can change while the daemon runs.</summary>
internal sealed class LogThreshold(LogLevel level)
{
    private volatile LogLevel _level = level;

    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }

    public bool Admits(LogLevel level) => level >= _level;

    /// <summary>For the libraries beneath, which have much to tell: warnings and worse.</summary>
    public bool AdmitsOthers(LogLevel level) => level >= LogLevel.Warning && level >= _level;
}
