using System.Text.Json;
using Sanctum.Cli.CommandLine;
using Sanctum.Credentials;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Hosts;

/// <summary>
/// Which credential a helper gives to which host. The host is compared as a whole: git and Docker ask for hosts that a repository or an image
/// names, and one that is not listed gets nothing.
/// </summary>
internal sealed class HostCredentials
{
    public const string FileName = "hosts.json";

    private const int Longest = 1024 * 1024;

    private readonly Dictionary<string, HostCredential> _byHost = new(StringComparer.Ordinal);

    /// <summary>The agent that the file names.</summary>
    public string? Agent { get; private init; }

    /// <summary>In order of host.</summary>
    public IEnumerable<KeyValuePair<string, HostCredential>> All => _byHost.OrderBy(it => it.Key, StringComparer.Ordinal);

    /// <summary>The credential of a host; null where there is none.</summary>
    public HostCredential? Find(string host) => HostName.Of(host) is { } name ? _byHost.GetValueOrDefault(name) : null;

    /// <summary>Those of a file. One that was not named need not be there.</summary>
    public static HostCredentials Read(string path, bool isNamed)
    {
        try
        {
            // Whoever can write this file chooses which hosts get secrets.
            return FoundFile.TryRead(path, path, FileTrust.Given, Longest) is { } json ? Parse(json, path)
                : isNamed ? throw CliErrors.MissingFile("--hosts-file")
                : new HostCredentials();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliErrors.UnusableFile(e);
        }
    }

    public static HostCredentials Parse(ReadOnlySpan<byte> json, string path)
    {
        if (json is [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..])
        {
            throw CliErrors.InvalidHosts(path, "it is UTF-16 text; save it as UTF-8");
        }

        try
        {
            var file = JsonSerializer.Deserialize(json.StartsWith("\uFEFF"u8) ? json[3..] : json, HostsJson.Default.HostsFile) ?? throw CliErrors.InvalidHosts(path, "it must be an object");
            var all = new HostCredentials { Agent = file.Agent };
            foreach (var (host, credential) in file.Hosts)
            {
                all.Add(host, credential, flaw => CliErrors.InvalidHosts(path, flaw));
            }

            return all;
        }
        catch (JsonException malformed)
        {
            throw CliErrors.InvalidHosts(path, $"line {malformed.LineNumber.GetValueOrDefault() + 1} is not JSON of a list of hosts");
        }
    }

    /// <summary>Adds <c>HOST=PATH</c>, as it is typed. It wins over the file's.</summary>
    public void Add(string text, string? user)
    {
        if (text.Split('=') is not [var host, var path])
        {
            throw CliErrors.InvalidValue("--credential", "a host and a path: github.com=github/token");
        }

        _byHost.Remove(HostName.Of(host) ?? host);
        Add(host, new HostCredential(path, user), flaw => CliErrors.Usage($"--credential has an invalid value: {flaw}"));
    }

    private void Add(string host, HostCredential? credential, Func<string, CliException> refuse)
    {
        if (HostName.Of(host) is not { } name)
        {
            throw refuse("a host is a name or an address, with a port where it is not 443");
        }

        if (credential is null || !CredentialPath.TryParse(credential.Path, out _))
        {
            throw refuse($"the path of '{name}' is invalid");
        }

        if (credential.User?.AsSpan().ContainsAny('\r', '\n', '\0') is true)
        {
            throw refuse($"the user of '{name}' has a line break");
        }

        if (!_byHost.TryAdd(name, credential))
        {
            throw refuse($"'{name}' is repeated");
        }
    }
}
