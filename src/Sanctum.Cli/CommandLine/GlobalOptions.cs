using System.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.CommandLine;

/// <summary>What every command takes.</summary>
internal sealed class GlobalOptions
{
    public const string VaultPathName = "--vault-path";

    public Option<string?> VaultPath { get; } = new(VaultPathName)
    {
        Description = $"The vault's folder. Default: {VaultDirectory.Variable}, else ~/.sanctum",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<string?> PassphraseFile { get; } = new("--passphrase-file")
    {
        Description = $"A file with the passphrase. Default: {Passphrases.Variable}, systemd's credential, or a prompt",
        HelpName = "FILE",
        Recursive = true,
    };

    public Option<long?> Timeout { get; } = new("--timeout")
    {
        Description = "How many seconds the daemon may say nothing (default 15), or another process may have the vault open (default 30): 1 to 3600",
        HelpName = "S",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Print one JSON document on stdout; errors are JSON on stderr",
        Recursive = true,
    };

    public Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Show progress on stderr. Never shows a secret",
        Recursive = true,
    };

    public void AddTo(RootCommand root)
    {
        root.Options.Add(VaultPath);
        root.Options.Add(PassphraseFile);
        root.Options.Add(Timeout);
        root.Options.Add(Json);
        root.Options.Add(Verbose);
    }
}
