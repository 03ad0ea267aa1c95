namespace Sanctum.Cli.CommandLine;

/// <summary>The command line itself refuses. Made by <see cref="CliErrors"/> only, shown by <see cref="Failure"/>.</summary>
internal sealed class CliException(int exitCode, string code, string message, string? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    public string Code { get; } = code;

    public string? Hint { get; } = hint;
}
