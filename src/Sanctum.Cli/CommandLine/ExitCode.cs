namespace Sanctum.Cli.CommandLine;

/// <summary>What the shell is told. Scripts rely on these numbers: they never change.</summary>
internal static class ExitCode
{
    /// <summary>It was done.</summary>
    public const int Done = 0;

    /// <summary>It was refused, failed, or what it was about does not exist.</summary>
    public const int Refused = 1;

    /// <summary>The command was not understood, or something it needs was not given.</summary>
    public const int Usage = 2;

    /// <summary>The vault is sealed.</summary>
    public const int Sealed = 3;

    /// <summary>No daemon responds, or not in time.</summary>
    public const int Unreachable = 4;

    /// <summary>The program exists and can't be started, as shells have it.</summary>
    public const int NotStarted = 126;

    /// <summary>There is no program of that name, as shells have it.</summary>
    public const int NoSuchProgram = 127;

    /// <summary>Ctrl-C: 128 and the signal's number, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of a pipe on stdout left: 128 and the number of SIGPIPE, as shells have it.</summary>
    public const int ReaderLeft = 141;
}
