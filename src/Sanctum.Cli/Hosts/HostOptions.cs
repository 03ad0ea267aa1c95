using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Hosts;

/// <summary>The options of credential helpers that say which host gets which credential.</summary>
internal sealed class HostOptions
{
    private readonly Option<string[]?> _credentials = new("--credential") { Description = "The credential of a host, such as github.com=github/token; can be repeated", HelpName = "HOST=PATH" };

    private readonly Option<string?> _user = new("--user") { Description = $"The user name that goes with --credential. Default: {HostCredential.AnyUser}", HelpName = "NAME" };

    private readonly Option<string?> _file = new("--hosts-file") { Description = $"A file with hosts and their credentials. Default: {HostCredentials.FileName} in the vault's folder", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Options.Add(_credentials);
        command.Options.Add(_user);
        command.Options.Add(_file);
    }

    public HostCredentials Read(Run run)
    {
        var named = run.Get(_file);
        var all = HostCredentials.Read(named is null ? Path.Join(run.Vault.Path, HostCredentials.FileName) : HomeFolder.Expand(named), named is not null);
        foreach (var credential in (run.Has(_credentials) ? run.Get(_credentials) : null) ?? [])
        {
            all.Add(credential, run.Get(_user));
        }

        return all;
    }
}
