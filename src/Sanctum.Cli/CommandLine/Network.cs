using Sanctum.Cli.Operators;
using Sanctum.Client;
using Sanctum.Client.Connections;

namespace Sanctum.Cli.CommandLine;

/// <summary>
/// Where a daemon was named that is reached over a network. The option wins over all; a vault's folder that was named on the command line wins over variables, so that a command
/// for one vault never goes to another's daemon.
/// </summary>
/// <param name="option">What <c>--address</c> says; null where it was not given.</param>
/// <param name="isVaultNamed">Whether <c>--vault-path</c> was given.</param>
/// <param name="tls">Whom to trust; read when it is needed.</param>
internal sealed class Network(string? option, bool isVaultNamed, Func<TlsOptions> tls)
{
    /// <summary>Whether the option was given.</summary>
    public bool IsNamed => option is not null;

    /// <summary>The daemon for operators' commands; null where they are for the vault on this machine.</summary>
    public RemoteDaemon? Operators => (option is null ? Variable(RemoteDaemon.Variable) : (option, GlobalOptions.AddressName)) is { } given
        ? new RemoteDaemon(DaemonAddress.Parse(given.Text, given.Source), tls())
        : null;

    /// <summary>Fills in where an agent finds its daemons.</summary>
    /// <returns>What has named them; null where nothing has, and nothing was filled in.</returns>
    public string? FillAgents(SanctumClientOptions options)
    {
        if ((option is null ? Variable(SanctumEnvironment.AddressVariable) : (option, GlobalOptions.AddressName)) is not { } given)
        {
            return null;
        }

        options.Addresses = [.. given.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(it => option is null ? OfVariable(it, given.Source) : DaemonAddress.Parse(it, given.Source).ForAgents)];
        _ = options.Addresses.Count == 0 ? throw CliErrors.InvalidValue(given.Source, "tls://HOST:PORT, several with commas between them") : 0;
        if (options.Addresses.Any(it => it.StartsWith(VaultAddress.TlsScheme, StringComparison.OrdinalIgnoreCase)))
        {
            tls().Fill(options);
        }

        return given.Source;
    }

    /// <summary>Refuses an address for a command that works on this machine alone.</summary>
    /// <param name="command">The command's name.</param>
    public void RequireNone(string command) => _ = IsNamed ? throw CliErrors.NotOverNetwork(command, GlobalOptions.AddressName) : 0;

    // As the .NET client reads it: without a scheme there is no TLS.
    private static string OfVariable(string text, string source)
    {
        try
        {
            return VaultAddress.Parse(text) switch
            {
                System.Net.IPEndPoint address when !DaemonAddress.IsThisMachine(address.Address.ToString()) => throw CliErrors.TlsRequired(source),
                System.Net.DnsEndPoint name when !DaemonAddress.IsThisMachine(name.Host) => throw CliErrors.TlsRequired(source),
                _ => text,
            };
        }
        catch (ArgumentException)
        {
            throw CliErrors.InvalidValue(source, "tls://HOST:PORT, several with commas between them");
        }
    }

    private (string Text, string Source)? Variable(string name) =>
        !isVaultNamed && Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? (value, name) : null;
}
