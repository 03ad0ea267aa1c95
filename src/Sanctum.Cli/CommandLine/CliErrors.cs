using Sanctum.Cli.Services;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.CommandLine;

/// <summary>Every refusal of the command line's own: one lower-case line, and what to do about it.</summary>
internal static class CliErrors
{
    public static CliException Usage(string message, string? hint = null) => new(ExitCode.Usage, "USAGE", message, hint);

    public static CliException NoVault(string directory) => new(
        ExitCode.Refused, "NOT_FOUND", $"there is no vault in {directory}",
        "make one with 'sanctum init', or name another folder with --vault-path");

    public static CliException VaultExists(string directory) => new(
        ExitCode.Refused, "CONFLICT", $"there is a vault in {directory} already; it was left as it is",
        "name another folder with --vault-path");

    public static CliException NoDaemon(string directory) => new(
        ExitCode.Unreachable, "DAEMON_UNREACHABLE", $"no daemon answers for the vault in {directory}",
        "start one with 'sanctum daemon start'");

    public static CliException DaemonRuns(int processId) => new(
        ExitCode.Refused, "CONFLICT", $"a daemon (process {processId}) serves this vault already; it was left alone",
        "'sanctum daemon status' shows it, 'sanctum daemon stop' ends it");

    public static CliException StillRuns(int processId, TimeSpan waited) => new(
        ExitCode.Refused, "CONFLICT", $"the daemon was told to stop, and its process {processId} still runs after {waited.TotalSeconds:0} seconds",
        "its log, daemon.log in the vault's folder, may say why");

    public static CliException NotEmpty(string directory) => Usage(
        $"{directory} is not empty", "a throw-away vault is removed with its folder: name an empty one, or none");

    public static CliException DaemonFailed(int exitCode, string code, string message, string? hint) => new(exitCode, code, message, hint);

    public static CliException Sealed() => new(
        ExitCode.Sealed, "VAULT_LOCKED", "the vault is sealed", "unseal it with 'sanctum unseal'");

    public static CliException NoPassphrase(string what) => Usage(
        $"{what} is needed, and there is no terminal to ask for it",
        $"give it with --passphrase-file FILE, {Passphrases.Variable} or systemd's credential '{Passphrases.SystemdCredential}'");

    public static CliException NoSecretSource(string what, string option) => Usage(
        $"{what} is needed, and there is no terminal to ask for it", $"give it with {option} FILE");

    public static CliException ShortPassphrase(string what) => Usage(
        $"{what} has fewer than {Passphrases.MinimumLength} characters", "a few unrelated words are easy to remember and hard to guess");

    public static CliException PassphrasesDiffer() => Usage("the two passphrases are not the same; nothing was changed", "type it again");

    public static CliException UnreadableFile(string file, Exception cause) => new(
        ExitCode.Usage, "USAGE", $"can't read {file}: {Reason(cause)}", inner: cause);

    public static CliException NoValue() => Usage(
        "no value was given", "type it when asked, or pipe it in: sanctum store PATH < FILE");

    public static CliException FileExists(string file) => new(
        ExitCode.Refused, "CONFLICT", $"{file} exists already; it was left as it is", "choose another name, or replace it with --force");

    public static CliException KeyExists(string file) => new(
        ExitCode.Refused, "CONFLICT", $"there is a key file {file} already; it was left as it is",
        "move it away, or register its public key with --public-key");

    public static CliException NoService(string name, IEnumerable<string> known) => new(
        ExitCode.Refused, "NOT_FOUND", $"there is no service '{name}'",
        Spelling.Nearest(name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"'sanctum service list' shows which there are; {ServiceFile.Name} in the vault's folder adds your own");

    public static CliException ServiceNeeds(Service service, ServiceQuestion? host, ServiceQuestion? user)
    {
        var needed = from answer in new[] { ("--host", host), ("--user", user) } where answer.Item2 is not null select $"{answer.Item1} ({answer.Item2.What})";
        return Usage($"service '{service.Name}' needs {string.Join(" and ", needed)}", $"such as {ServiceExample.Of(host, user)}");
    }

    public static CliException InvalidServices(string file, string mistake, string? hint = null) => new(
        ExitCode.Usage, "INVALID_CONFIG", $"can't use {file}: {mistake}", hint ?? "'sanctum service show NAME --json' shows what a service looks like there");

    public static CliException StepFailed(string step, string expected, string found) => new(
        ExitCode.Refused, "DEMO_FAILED", $"{step}: expected {expected}, and it was {found}");

    private static string Reason(Exception cause) => cause switch
    {
        FileNotFoundException or DirectoryNotFoundException => "it does not exist",
        UnauthorizedAccessException => "it may not be read",
        _ => Failure.LowerFirst(cause.Message),
    };
}
