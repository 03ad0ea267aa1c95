using Sanctum.Cli.AgentSide;
using Sanctum.Cli.Hosts;

namespace Sanctum.Cli.CommandLine;

/// <summary>What is refused on the agent's side.</summary>
internal static partial class CliErrors
{
    public static CliException NoAgentNamed() => Usage("no agent is named", $"name one with --agent NAME or {AgentOptions.Variable}");

    public static CliException ProtectedKey(string agent) => Usage($"the key file of '{agent}' is protected by a passphrase", "give it with --key-passphrase-file FILE");

    /// <summary>It can see the credential, so something is granted, and that is not this.</summary>
    public static CliException NotRetrievable(string agent, string path, Exception cause) => new(
        ExitCode.Refused, "ACCESS_DENIED", $"agent '{agent}' can see {path}, but may not retrieve it",
        "'sanctum run' and 'sanctum request' use it without showing it; only the operator can grant 'retrieve', with 'sanctum policy add'", cause);

    public static CliException SecretOfLines(string path) => new(
        ExitCode.Refused, "UNSUPPORTED_OPERATION", $"the secret of {path} has line breaks, so it can't be given on one line", "print it with 'sanctum read'");

    public static CliException SecretNotText(string path) => new(
        ExitCode.Refused, "UNSUPPORTED_OPERATION", $"the secret of {path} is not UTF-8 text, so JSON can't carry it", "print it with 'sanctum read'");

    public static CliException OperatorsOnly() => new(
        ExitCode.Refused, "UNSUPPORTED_OPERATION", "only the vault's operator stores and removes secrets", $"store it with 'sanctum store', and list its host in {HostCredentials.FileName}");

    public static CliException InvalidHosts(string file, string mistake) => new(ExitCode.Usage, "INVALID_CONFIG", $"can't use {file}: {mistake}", "'sanctum docs cli#credential-helpers' shows what such a file looks like");

    public static CliException ResponseBroken(long bytes, Exception cause) => new(
        ExitCode.Refused, "UPSTREAM_FAILED", $"the response ended early, after {bytes} bytes", "the vault's operator sees why with 'sanctum audit log'", cause);

    public static CliException LongDocument(int most) => new(
        ExitCode.Refused, "RESPONSE_TOO_LARGE", $"the response has more than {most / (1024 * 1024)} MiB, which is too much for one JSON document", "write it to a file with -o, without --json");

    public static CliException HttpStatus(int status) => new(ExitCode.Refused, "HTTP_STATUS", $"the service responded with status {status}", "run it without --fail to see the response");

    /// <summary>Nothing has been stored by then.</summary>
    public static CliException OtherSecretThere(string path, int line) => new(
        ExitCode.Refused, "CONFLICT", $"line {line}: {path} is in the vault with another value; nothing was stored", "choose other paths with --prefix, or store it by itself with 'sanctum store'");

    /// <summary>The exit codes are those of shells.</summary>
    public static CliException NotStarted(string program, int error, Exception cause) => error is Runs.Children.Spawn.NoSuchFile or Runs.Children.Spawn.NotAFolder
        ? new(ExitCode.NoSuchProgram, "NOT_FOUND", $"there is no program '{program}'", "check its name, and the folders in PATH", cause)
        : new(ExitCode.NotStarted, "NOT_STARTED", $"'{program}' can't be started: {Failure.LowerFirst(cause.Message)}", "check that it is a program that this user may run", cause);

    public static CliException NoSuchProgram(string program) =>
        new(ExitCode.NoSuchProgram, "NOT_FOUND", $"there is no program '{program}'", "check its name, and the folders in PATH");

    public static CliException UnknownRuntime(string program, IEnumerable<string> known) => new(
        ExitCode.Refused, "UNSUPPORTED_OPERATION", $"what runs '{program}' is not known here", $"doctor knows {string.Join(", ", known)}; run the program with 'sanctum run' and look at 'sanctum audit log'");

    public static CliException NoBubblewrap() => new(ExitCode.Refused, "NOT_FOUND", "there is no program 'bwrap'", "install the package bubblewrap, or leave out --isolate");

    public static CliException NoPlaceholder(string path) => new(
        ExitCode.Refused, "CREDENTIAL_NOT_FOUND", $"the vault gave no placeholder for {path}", "check the path, and that a policy grants 'use' on it");

    public static CliException NotToUse(string agent, string path, Exception cause) => new(
        ExitCode.Refused, "ACCESS_DENIED", $"no policy grants use on {path} to agent '{agent}'",
        $"check the path; the operator sees why with 'sanctum policy simulate --agent {agent} --action use --resource {path}'", cause);

    /// <summary>An agent sees what it holds any grant on.</summary>
    public static CliException NoCredentialFor(string service) => new(
        ExitCode.Refused, "CREDENTIAL_NOT_FOUND", $"the agent sees no credential whose path names '{service}'",
        $"store one with 'sanctum store {service}/api_key --service {service}', and grant 'use' on it with 'sanctum policy add'; or name another: --service {service}=PATH");

    public static CliException SeveralCredentialsFor(string service, IEnumerable<string> paths) => Usage(
        $"several credentials could be for '{service}': {string.Join(", ", paths.Take(5))}", $"name one: --service {service}=PATH");

    public static CliException NoRunFolder(string folder, Exception cause) => new(
        ExitCode.Refused, "IO_FAILED", $"no folder can be made in {folder}: {Failure.LowerFirst(cause.Message)}", "name a folder that you can write to in TMPDIR or XDG_RUNTIME_DIR", cause);

    public static CliException NoFolder(string path) => Usage($"there is no folder {path}", "name a folder to scan");

    public static CliException NoRequestForAccess() => new(
        ExitCode.Refused, "NOT_FOUND", "no request for access has this id", "list them: sanctum approval list; one that is decided is kept for seven days");

    public static CliException UnwritableFile(string option, Exception cause) => new(
        ExitCode.Refused, "IO_FAILED", $"the file of {option} can't be written: {Failure.LowerFirst(cause.Message)}", "name another file", cause);
}
