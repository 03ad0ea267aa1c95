using System.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Terminals;
using Sanctum.Client;

namespace Sanctum.Cli.CommandLine;

/// <summary>What every command takes.</summary>
internal sealed class GlobalOptions
{
    public const string VaultPathName = "--vault-path", AddressName = "--address";

    public Option<string?> VaultPath { get; } = new(VaultPathName)
    {
        Description = $"The vault's folder. Default: {VaultDirectory.Variable}, else ~/.sanctum",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<string?> Address { get; } = new(AddressName)
    {
        Description = $"The daemon on another machine, reached by TLS. Default: {RemoteDaemon.Variable} for operators, {SanctumEnvironment.AddressVariable} for agents",
        HelpName = "HOST:PORT",
        Recursive = true,
    };

    public Option<string?> Authorities { get; } = new("--ca")
    {
        Description = $"With an address: who vouches for the daemon's certificate, in PEM. Default: {SanctumEnvironment.CaFileVariable}, else the system's authorities",
        HelpName = "FILE",
        Recursive = true,
    };

    public Option<string?> ClientCertificate { get; } = new("--client-cert")
    {
        Description = $"With an address: this machine's certificate, in PEM. Default: {SanctumEnvironment.ClientCertificateVariable}",
        HelpName = "FILE",
        Recursive = true,
    };

    public Option<string?> ClientKey { get; } = new("--client-key")
    {
        Description = $"With an address: that certificate's key. Default: {SanctumEnvironment.ClientKeyVariable}, else in the same file",
        HelpName = "FILE",
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

    /// <summary>What besides the vault's folder says which vault is meant.</summary>
    public IEnumerable<(string Option, string? Value)> Others(ParseResult arguments) =>
        new[] { Address, Authorities, ClientCertificate, ClientKey }.Select(it => (it.Name, arguments.GetValue(it)));

    public void AddTo(Command root)
    {
        root.Options.Add(VaultPath);
        root.Options.Add(Address);
        root.Options.Add(Authorities);
        root.Options.Add(ClientCertificate);
        root.Options.Add(ClientKey);
        root.Options.Add(PassphraseFile);
        root.Options.Add(Timeout);
        root.Options.Add(Json);
        root.Options.Add(Verbose);
    }
}
