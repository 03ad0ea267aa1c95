using System.Reflection;
using System.Text;
using Sanctum.Daemon.Admin;
using Sanctum.Storage;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.CommandLine;

/// <summary>How a command failed, as it is shown. The one place that turns exceptions into words and exit codes.</summary>
internal sealed record Failure(int ExitCode, string Code, string Message, string? Hint)
{
    /// <param name="exception">What the command threw.</param>
    /// <param name="command">The command, as it is typed.</param>
    public static Failure From(Exception exception, string? command)
    {
        var failure = From(exception);

        // The vault names parameters as its own calls do; whoever typed a command has other words for them.
        return failure.Code == "INVALID_PARAMS" && exception is not CliException && command is not null
            ? failure with { Hint = $"see '{command} --help'" }
            : failure;
    }

    public static Failure From(Exception exception) => exception switch
    {
        CliException e => new(e.ExitCode, e.Code, e.Message, e.Hint),
        OperatorException e => new(ExitCodeOf(e.Code), e.Code, LowerFirst(e.Message), e.Suggestion ?? HintFor(e.Code)),
        VaultException e => FromVault(Spelling(e.Code.ToString()), e.Message, e.Suggestion),
        StoreException e => new(CommandLine.ExitCode.Refused, Spelling(e.Reason.ToString()), LowerFirst(e.Message), HintFor(e.Reason)),
        Client.VaultException e => FromVault(e.Code, e.Message, e.Suggestion),
        OperationCanceledException => new(CommandLine.ExitCode.Interrupted, "INTERRUPTED", "interrupted", null),
        UntrustedFileException e => new(CommandLine.ExitCode.Refused, "CONFLICT", LowerFirst(e.Message), e.Remedy),
        DllNotFoundException { InnerException: IOException } e => new(
            CommandLine.ExitCode.Refused, "IO_FAILED", LowerFirst(e.Message), "make room on the disk and in memory; a limit that 'ulimit -f' shows must be 8192 or more"),
        DllNotFoundException e => new(CommandLine.ExitCode.Refused, "LIBRARY_MISSING", LowerFirst(e.Message), "install sanctum again; 'sanctum docs operations#install' says how"),
        TypeInitializationException { InnerException: { } cause } => From(cause),
        TargetInvocationException { InnerException: { } cause } => From(cause),
        IOException or UnauthorizedAccessException => new(CommandLine.ExitCode.Refused, "IO_FAILED", LowerFirst(exception.Message), null),
        _ => new(
            CommandLine.ExitCode.Refused, "INTERNAL_ERROR", $"internal error: {exception.GetType().Name}",
            "run the command again with --verbose and report its output"),
    };

    /// <summary>Whether the command may have taken effect: the call was made, and nobody knows how it went.</summary>
    public static bool IsUnknown(OperatorException failure) => failure.Code is "DAEMON_TIMEOUT" or "DAEMON_UNREACHABLE" or "INTERNAL_ERROR";

    /// <summary>Messages of the runtime begin with a capital and end with a full stop; ours do not.</summary>
    public static string LowerFirst(string text) =>
        text.Length < 2 || char.IsUpper(text[1]) ? text : char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');

    private static Failure FromVault(string code, string message, string? suggestion) =>
        new(ExitCodeOf(code), code, LowerFirst(message), suggestion ?? HintFor(code));

    private static int ExitCodeOf(string code) => code switch
    {
        "VAULT_LOCKED" => CommandLine.ExitCode.Sealed,
        "DAEMON_UNREACHABLE" or "DAEMON_TIMEOUT" or "CONNECTION_FAILED" or "OUTCOME_UNKNOWN" => CommandLine.ExitCode.Unreachable,
        "INVALID_PARAMS" or "INVALID_REQUEST" or "INVALID_CONFIG" => CommandLine.ExitCode.Usage,
        _ => CommandLine.ExitCode.Refused,
    };

    private static string? HintFor(string code) => code switch
    {
        "VAULT_LOCKED" => "unseal it with 'sanctum unseal'",
        "DAEMON_UNREACHABLE" => "start one with 'sanctum daemon start'",
        "CREDENTIAL_NOT_FOUND" => "list the credentials with 'sanctum list'",
        _ => null,
    };

    private static string? HintFor(StoreFailure reason) => reason switch
    {
        StoreFailure.Missing => "create a vault with 'sanctum init', or name another folder with --vault-path",
        StoreFailure.Exists => "name another folder with --vault-path",
        StoreFailure.InUse => "check for a daemon with 'sanctum daemon status', or try again later",
        StoreFailure.Unavailable => "use a folder that you can write to; --vault-path names another",
        StoreFailure.Moved => "'sanctum docs scale-out#moving' says how to go back",
        StoreFailure.Full => "free space on the disk and try again; nothing was lost",
        StoreFailure.Unsafe => "work as the vault's owner; the folder has to be theirs with mode 0700, its files 0600, and none of them a link",
        StoreFailure.Damaged => "nothing was changed; restore a backup into another folder with 'sanctum restore FILE --vault-path DIR'",
        StoreFailure.OlderVersion => "upgrade the tables with 'sanctum vault upgrade'",
        StoreFailure.NewerVersion => "use the version of sanctum that wrote it, or a later one",
        _ => null,
    };

    // AuthFailed -> AUTH_FAILED, as the wire spells it.
    private static string Spelling(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToUpperInvariant(c));
        }

        return text.ToString();
    }
}
