using Sanctum.Cli.Services;
using Sanctum.Cli.Terminals;
using Sanctum.Sealing;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.CommandLine;

/// <summary>Every refusal of the command line's own: one lower-case line, and what to do about it.</summary>
internal static partial class CliErrors
{
    public static CliException Usage(string message, string? hint = null) => new(ExitCode.Usage, "USAGE", message, hint);

    /// <summary>What an option was given is no value of it. It is not repeated: anything can have been pasted there, and stderr ends up in logs.</summary>
    public static CliException InvalidValue(string option, string accepts) => Usage($"{option} has an invalid value", $"it takes {accepts}");

    /// <summary>A word that is none of the known ones. It is repeated only where it is a slip of one of them.</summary>
    /// <param name="without">The message without the word.</param>
    /// <param name="with">The message with it.</param>
    public static CliException UnknownWord(string word, IEnumerable<string> known, string without, Func<string, string> with, string hint) =>
        Spelling.Nearest(word, known) is { } nearest ? Usage(with(word), $"did you mean '{nearest}'?") : Usage(without, hint);

    public static CliException NotWhileServed(int processId) => new(
        ExitCode.Refused, "IN_USE", $"the daemon (pid {processId}) serves this vault; it was not moved", "stop it with 'sanctum daemon stop', and try again");

    public static CliException IsInFolder(string directory) => Usage($"the vault is in the folder {directory} already", "name a database with --to 'Host=...;Database=...' to move it there");

    public static CliException IsInDatabase() => Usage(
        "the vault is in a database already: 'store' in config.json names it", "move it to the folder first with --to folder, or copy the database by its own means");

    public static CliException NoVault(string directory) => Daemon.Hosting.VaultStores.WasMovedFrom(directory)
        ? new(
            ExitCode.Refused, "MOVED", $"the vault was moved from {directory} to a database, and 'store' in config.json does not name that",
            "set 'store' again; 'sanctum docs scale-out#moving' says how to go back")
        : FolderTrust.IsClosed(directory)
        ? new(
            ExitCode.Refused, "NOT_FOUND", $"this user may not look into {directory}",
            "run the command as the vault's owner, or name another folder with --vault-path")
        : new(
            ExitCode.Refused, "NOT_FOUND", $"there is no vault in {directory}",
            SudoUser is { } user ? $"run the command without sudo if the vault is {user}'s, or name its folder with --vault-path" : "create one with 'sanctum init', or name another folder with --vault-path");

    // Who typed the command, where sudo made it root's: root's home folder is another.
    private static string? SudoUser => Environment.IsPrivilegedProcess && Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } user && user != "root" ? user : null;

    /// <param name="home">What the variable says; the runtime takes it for a home folder only where it is one.</param>
    /// <param name="variable">The variable that names a vault's folder.</param>
    public static CliException NoHome(string? home, string variable) => Usage(
        string.IsNullOrEmpty(home) ? "there is no home folder" : $"the home folder {home} does not exist, or this user may not enter it",
        $"set HOME to this user's own folder, or name the vault's folder with --vault-path or {variable}");

    public static CliException VaultExists(string directory) => new(
        ExitCode.Refused, "CONFLICT", $"{directory} already has a vault; it was not changed",
        "name another folder with --vault-path");

    public static CliException NoDaemon(string directory) => new(
        ExitCode.Unreachable, "DAEMON_UNREACHABLE", $"no daemon is running for the vault in {directory}",
        "start one with 'sanctum daemon start'");

    public static CliException DaemonRuns(int processId) => new(
        ExitCode.Refused, "CONFLICT", $"a daemon (pid {processId}) already serves this vault",
        "'sanctum daemon status' shows it, 'sanctum daemon stop' ends it");

    public static CliException DaemonNotReady(int processId, TimeSpan waited) => new(
        ExitCode.Unreachable, "DAEMON_TIMEOUT", $"the daemon (pid {processId}) was not ready after {waited.TotalSeconds:0} seconds, and was stopped",
        "see daemon.log in the vault's folder; --timeout allows more time");

    public static CliException StillRuns(int processId, TimeSpan waited) => new(
        ExitCode.Refused, "CONFLICT", $"the daemon (pid {processId}) did not stop within {waited.TotalSeconds:0} seconds",
        "see daemon.log in the vault's folder");

    public static CliException NotUpgraded(Exception cause) => new(
        ExitCode.Refused, "IN_USE", cause.Message, "stop it, install this version there and start it again; then run 'sanctum vault upgrade' once more", cause);

    public static CliException VaultHeld(Exception cause, TimeSpan waited) => new(
        ExitCode.Refused, "IN_USE", $"{Failure.LowerFirst(cause.Message)}, and still had it after {waited.TotalSeconds:0} s",
        "'sanctum daemon status' shows whether it is a daemon; wait until the other is done, or longer with --timeout", cause);

    public static CliException NotEmpty(string directory) => Usage(
        $"{directory} is not empty", "a throw-away vault is removed with its folder: name an empty folder, or none");

    public static CliException DaemonFailed(int exitCode, string code, string message, string? hint) => new(exitCode, code, message, hint);

    public static CliException TlsRequired(string source) => Usage(
        $"{source} names another machine without TLS; nothing was sent", "other machines are reached by TLS alone: write tls://HOST:PORT");

    /// <param name="command">The command's name.</param>
    /// <param name="source">The option or the variable that names the address.</param>
    public static CliException NotOverNetwork(string command, string source) => Usage(
        $"'{command}' works on this machine alone, and {source} names a daemon that is reached over a network",
        source.StartsWith('-') ? $"leave out {source}" : $"unset {source}, or name the vault on this machine with --vault-path or --socket");

    public static CliException NoTokenForAddress(object address) => new(
        ExitCode.Refused, "AUTH_FAILED", $"{address} takes no operator without a token",
        "put one into SANCTUM_TOKEN that 'sanctum login' has made on the daemon's machine; or show a certificate with --client-cert, where the daemon asks for those");

    public static CliException PassphraseWithoutTls(object address) => new(
        ExitCode.Refused, "UNSUPPORTED_OPERATION", $"this command requires the passphrase, and it is not sent to {address}, which is without TLS",
        "give the daemon a certificate (--tls-cert), or run the command with --vault-path on its machine");

    public static CliException Sealed() => new(
        ExitCode.Sealed, "VAULT_LOCKED", "the vault is sealed", "unseal it with 'sanctum unseal'");

    public static CliException NoPassphrase(string what) => Usage(
        $"{what} is needed, and there is no terminal to ask for it",
        $"give it with --passphrase-file FILE, {Passphrases.Variable} or systemd's credential '{Passphrases.SystemdCredential}'");

    public static CliException NoSecretSource(string what, string option) => Usage(
        $"{what} is needed, and there is no terminal to ask for it", $"give it with {option} FILE");

    public static CliException ShortPassphrase(string what) => Usage(
        $"{what} has fewer than {PassphraseRule.MinimumLength} characters", "a few unrelated words are easy to remember and hard to guess");

    public static CliException PassphrasesDiffer() => Usage("the two passphrases differ; nothing was changed", "type it again");

    public static CliException LongPassphrase(string what) => Usage(
        $"{what} has more than {PassphraseRule.MaximumBytes} bytes", "use a shorter passphrase; passphrases are never cut");

    public static CliException NotText(string what) => Usage($"{what} is not UTF-8 text", "use a passphrase in UTF-8");

    public static CliException Utf16(string what) => Usage($"{what} is UTF-16 text", "save it as UTF-8");

    public static CliException ValueNotText() => Usage(
        "the value of --value is not UTF-8 text; nothing was stored", "pipe it in, and its bytes are stored as they are: sanctum store PATH < FILE");

    public static CliException MissingFile(string option) => Usage($"the file of {option} does not exist", "create it, or correct the path");

    /// <summary>Something lies where a file was expected; <paramref name="cause"/> names it.</summary>
    public static CliException UnusableFile(Exception cause) => new(
        ExitCode.Usage, "USAGE", Failure.LowerFirst(cause.Message), (cause as UntrustedFileException)?.Remedy ?? "check that this user can read it", cause);

    public static CliException UnsafeKeys(string flaw) => new(
        ExitCode.Refused, "CONFLICT", $"no key was written: {flaw}", "the keys' folder must belong to this user, with mode 0700, no link, and no folder above that others can write");

    public static CliException UnwritableOutput(Exception cause) => new(
        ExitCode.Refused, "IO_FAILED", $"the result can't be written to stdout: {Failure.LowerFirst(cause.Message)}",
        "the command may have taken effect", cause);

    /// <summary>As with <c>| head</c>: nobody is told, since nobody asked for the rest.</summary>
    public static CliException ReaderLeft(Exception cause) => new(
        ExitCode.ReaderLeft, "IO_FAILED", "whoever read the result from stdout has left", "the command may have taken effect", cause);

    public static CliException NoValue() => Usage(
        "no value was given", "type it when asked, or pipe it in: sanctum store PATH < FILE");

    public static CliException SeveralLines() => Usage(
        "more than one line was pasted; nothing was stored, and the rest was thrown away", "pipe it in, and all of it is stored as it is: sanctum store PATH < FILE");

    public static CliException PassphraseOfLines() => Usage(
        "more than one line was pasted, but a passphrase is one line; the rest was thrown away", "paste or type the passphrase alone");

    public static CliException UnfinishedPaste(string what) => Usage(
        $"what was pasted begins as {what} and does not end as such; nothing was stored", "paste all of it, or pipe it in: sanctum store PATH < FILE");

    public static CliException LongPaste(int maxBytes) => Usage(
        $"more than {maxBytes} bytes were typed or pasted; nothing was stored, and the rest was thrown away", "pipe it in: sanctum store PATH < FILE");

    public static CliException FileExists(string file) => new(
        ExitCode.Refused, "CONFLICT", $"{file} already exists; it was not changed", "choose another name, or replace it with --force");

    public static CliException KeyExists(string file) => new(
        ExitCode.Refused, "CONFLICT", $"the key file {file} already exists; it was not changed",
        "move it away, or register its public key with --public-key");

    public static CliException NoAgent(string name, IEnumerable<string> known)
    {
        var unknown = UnknownWord(
            name, known, "no entries match, and no such agent is registered", word => $"no entries match, and there is no agent '{word}'", "list them with 'sanctum agent list'");
        return new CliException(ExitCode.Refused, "NOT_FOUND", unknown.Message, unknown.Hint);
    }

    public static CliException NoPolicy(string name, IEnumerable<string> known)
    {
        var unknown = UnknownWord(name, known, "there is no such policy", word => $"there is no policy '{word}'", "list them with 'sanctum policy list'");
        return new CliException(ExitCode.Refused, "NOT_FOUND", unknown.Message, unknown.Hint);
    }

    public static CliException InvalidPolicies(string mistake, string? hint = null) => new(
        ExitCode.Usage, "INVALID_CONFIG", $"can't use the file of --file, and nothing was changed: {mistake}", hint ?? "'sanctum policy list --json' shows what such a file looks like");

    /// <summary>Nobody knows whether the vault has taken the key.</summary>
    public static CliException RotationUnknown(string waiting, Daemon.Admin.OperatorException cause) => new(
        cause.Code.StartsWith("DAEMON", StringComparison.Ordinal) ? ExitCode.Unreachable : ExitCode.Refused, cause.Code,
        $"{cause.Message}; the agent's key may be the old one or the new one, which is kept in {waiting}", "run the command again: it gives the agent another key", cause);

    public static CliException NoService(string name, IEnumerable<string> known)
    {
        var hint = $"list them with 'sanctum service list'; add your own in {ServiceFile.Name} in the vault's folder";
        var unknown = UnknownWord(name, known, "there is no such service", word => $"there is no service '{word}'", hint);
        return new CliException(ExitCode.Refused, "NOT_FOUND", unknown.Message, unknown.Hint);
    }

    public static CliException ServiceNeeds(Service service, ServiceQuestion? host, ServiceQuestion? user)
    {
        var needed = from answer in new[] { ("--host", host), ("--user", user) } where answer.Item2 is not null select $"{answer.Item1} ({answer.Item2.What})";
        return Usage($"service '{service.Name}' needs {string.Join(" and ", needed)}", $"such as {ServiceExample.Of(host, user)}");
    }

    public static CliException InvalidServices(string file, string mistake, string? hint = null) => new(
        ExitCode.Usage, "INVALID_CONFIG", $"can't use {file}: {mistake}", hint ?? "'sanctum service show NAME --json' shows the form of a service");

    public static CliException StepFailed(string step, string expected, string found) => new(
        ExitCode.Refused, "DEMO_FAILED", $"{step}: expected {expected}, but found {found}");
}
