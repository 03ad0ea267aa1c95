using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Mcp.Wrapping;

/// <summary>What the operator calls a server: in policies, in the log, and where its tools are kept.</summary>
internal static class ServerName
{
    private const int Longest = 64;

    // These run what follows them.
    private static readonly string[] Runners = ["npx", "bunx", "pnpx", "uvx", "node", "bun", "deno", "python", "python3", "ruby", "sh", "bash", "dotnet", "env"];
    private static readonly string[] Endings = [".js", ".mjs", ".cjs", ".ts", ".py", ".rb", ".sh", ".dll", ".cs"];
    private static readonly string[] Starts = ["server-", "mcp-server-", "mcp-"];

    /// <summary>The name that was given, or the one that the command suggests.</summary>
    /// <exception cref="CliException">It can't be one.</exception>
    public static string Of(string? given, IReadOnlyList<string> command)
    {
        var name = given ?? Suggested(command);
        return name.Length is > 0 and <= Longest && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') && name is not ("." or "..")
            ? name
            : throw CliErrors.InvalidValue("--name", $"a name for the server, of 1 to {Longest} letters, digits, '.', '_' and '-'");
    }

    private static string Suggested(IReadOnlyList<string> command)
    {
        if (Uri.TryCreate(command[0], UriKind.Absolute, out var url) && (url.Scheme is "http" or "https"))
        {
            return url.Host.Trim('[', ']').Replace(':', '-');
        }

        var program = Path.GetFileName(command[0]);
        var word = Runners.Contains(program, StringComparer.Ordinal) ? command.Skip(1).FirstOrDefault(it => !it.StartsWith('-')) ?? program : command[0];
        var name = word.TrimEnd('/').Split('/')[^1].Split('@')[0];
        name = Endings.FirstOrDefault(ending => name.EndsWith(ending, StringComparison.Ordinal)) is { } its ? name[..^its.Length] : name;
        return Starts.FirstOrDefault(start => name.StartsWith(start, StringComparison.Ordinal) && name.Length > start.Length) is { } prefix ? name[prefix.Length..] : name;
    }
}
