using System.Text;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Hosts;

/// <summary>What git asks a credential helper on stdin: lines of <c>name=value</c>, up to an empty one (gitcredentials(7)).</summary>
internal sealed record GitQuestion(string? Protocol, string? Host, string? User)
{
    private const int Longest = 64 * 1024;

    public static GitQuestion Read(Stream input)
    {
        var text = new byte[Longest + 1];
        var length = input.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        if (length > Longest)
        {
            throw CliErrors.Usage($"what git asks has more than {Longest / 1024} KiB");
        }

        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(text, 0, length).Split('\n').TakeWhile(line => line.Length > 0))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                members[line[..equals]] = line[(equals + 1)..];
            }
        }

        return new(members.GetValueOrDefault("protocol"), members.GetValueOrDefault("host"), members.GetValueOrDefault("username"));
    }

    /// <summary>The credential that git gets, with the user name; null where it gets none.</summary>
    public (HostCredential Credential, string User)? Among(HostCredentials all)
    {
        if (Protocol != "https" || Host is null || all.Find(Host) is not { } credential)
        {
            return null;
        }

        // Whoever names a user in the URL wants that account and no other.
        return User is not null && credential.User is not null && User != credential.User ? null : (credential, credential.User ?? User ?? HostCredential.AnyUser);
    }
}
