using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.AgentSide;

/// <summary>What commands print that other programs run to get a secret: those programs' own formats, which have lines.</summary>
internal static class GivenSecret
{
    /// <summary>Refuses <c>--json</c>: the format is the other program's.</summary>
    public static void RequireText(Run run, string command)
    {
        if (run.Terminal.Json)
        {
            throw CliErrors.Usage($"'sanctum {command}' has no JSON output of its own", "run it without --json");
        }
    }

    /// <summary>Refuses a secret that the reader would take for two lines, or for a shorter one.</summary>
    public static void RequireOneLine(ReadOnlySpan<byte> secret, string path)
    {
        if (secret.IndexOfAny((byte)'\n', (byte)'\r', (byte)0) >= 0)
        {
            throw CliErrors.SecretOfLines(path);
        }
    }
}
