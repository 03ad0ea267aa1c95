namespace Sanctum.Cli.CommandLine;

/// <summary>What is refused about the files of hosts of MCP servers, and about the servers.</summary>
internal static partial class CliErrors
{
    public static CliException MalformedHostFile(string file, string why, Exception? cause = null) => new(
        ExitCode.Refused, "CONFLICT", $"{file} can't be changed: {why}; it was not changed", "correct it, or show the entry with --print and put it there yourself", cause);

    public static CliException LinkedHostFile(string file) => new(
        ExitCode.Refused, "CONFLICT", $"{file} is a symbolic link in a project, which can lead anywhere; it was not changed", "replace it with the file itself, or show the entry with --print and put it there yourself");

    public static CliException UnreadableHostFile(string why, Exception cause) => new(
        ExitCode.Refused, "IO_FAILED", $"{why}; it was not changed", "check what it is and its mode; or show the entry with --print and put it there yourself", cause);

    public static CliException ForeignHostFile(string file, uint owner) => new(
        ExitCode.Refused, "CONFLICT", $"{file} belongs to user {owner}; it was not changed", "run this as that user, or show the entry with --print and put it there yourself");

    public static CliException HostFileChanged(string file) => new(
        ExitCode.Refused, "CONFLICT", $"{file} was written by another program meanwhile; it was not changed here", "end the host and try again");

    public static CliException NobodyToAskAboutKeys(int count) => Usage(
        $"{(count == 1 ? "a key" : $"{count} keys")} of other servers can be moved into the vault, and there is nobody to ask: stdin is no terminal",
        "add --yes to move them, --no-move to leave them, or --print to see which");

    public static CliException NoPinnedTools(string server, string agent) => new(
        ExitCode.Refused, "NOT_FOUND", $"no tools of a server '{server}' were accepted for agent {agent}", "they are accepted when 'sanctum mcp wrap' first lists or calls one; check --name and --agent");

    public static CliException NobodyToAsk() => Usage("there is nobody to ask: stdin is no terminal", "add --yes to accept the tools without being asked");

    public static CliException NotAccepted() => new(ExitCode.Refused, "NOT_ACCEPTED", "the tools were not accepted; the server stays stopped", null);

    public static CliException UnusablePins(Sanctum.Mcp.Wrapping.Pins.PinException cause) => new(
        ExitCode.Refused, "IO_FAILED", cause.Message, "restore the file or remove it; removed, the tools are accepted anew", cause);

    public static CliException EntryExists(string file, string name) => new(
        ExitCode.Refused, "CONFLICT", $"{file} has an entry '{name}' already; it was not changed", "replace it with --force");

    public static CliException UnwritableHostFile(string file, Exception cause) => new(
        ExitCode.Refused, "IO_FAILED", $"{file} can't be written: {Failure.LowerFirst(cause.Message)}", "show the entry with --print, and put it there yourself", cause);
}
