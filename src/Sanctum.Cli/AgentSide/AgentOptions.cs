using System.CommandLine;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Sanctum.Agents;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Terminals;
using Sanctum.Client;
using Sanctum.Client.Connections;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.AgentSide;

/// <summary>
/// Who a command is when an agent runs it: a name and a key file, never the passphrase of the vault. The key is found as
/// <see cref="SanctumClient"/> finds it, in the folder of the vault at hand.
/// </summary>
internal sealed class AgentOptions
{
    public const string Variable = "SANCTUM_AGENT";

    private readonly Option<string?> _agent = new("--agent") { Description = $"The agent that asks. Default: {Variable}", HelpName = "NAME" };

    private readonly Option<string?> _key = new("--key") { Description = "The agent's key file. Default: keys/NAME.key in the vault's folder", HelpName = "FILE" };

    private readonly Option<string?> _keyPassphrase = new("--key-passphrase-file") { Description = "A file with the passphrase of a protected key file", HelpName = "FILE" };

    private readonly Option<string?> _socket = new("--socket") { Description = "The daemon's socket. Default: vault.sock in the vault's folder", HelpName = "PATH" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _agent, _key, _keyPassphrase, _socket })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The agent's client. It connects when it is first used.</summary>
    /// <param name="run">The command.</param>
    /// <param name="otherwise">The agent where neither the option nor the variable names one.</param>
    /// <param name="overNetwork">Whether the command can do with a daemon on another machine. What requires the proxy's socket can't.</param>
    public SanctumClient Open(Run run, string? otherwise = null, bool overNetwork = true)
    {
        var name = AgentName.Parse(run.Get(_agent) ?? Given(Environment.GetEnvironmentVariable(Variable)) ?? otherwise ?? throw CliErrors.NoAgentNamed()).Value;
        var options = new SanctumClientOptions
        {
            KeyDirectory = run.Vault.Keys,
            KeyPath = run.Get(_key),
        };
        if (run.Get(_socket) is { } socket)
        {
            run.Network.RequireNone($"{run.Command} --socket");
            options.SocketPath = socket;
        }
        else if (run.Network.FillAgents(options) is not { } source)
        {
            options.SocketPath = run.Vault.Socket;
        }
        else if (!overNetwork && options.Addresses!.Any(it => VaultAddress.Parse(it).AddressFamily != AddressFamily.Unix))
        {
            throw CliErrors.NotOverNetwork(run.Command, source);
        }

        if (run.Timeout is { } timeout)
        {
            (options.ConnectTimeout, options.RequestTimeout) = (timeout, timeout);
        }

        if (run.Has(_keyPassphrase))
        {
            var passphrase = Passphrases.GetForKey(run.Get(_keyPassphrase) ?? "");
            options.Passphrase = Encoding.UTF8.GetString(passphrase); // As the client takes it.
            CryptographicOperations.ZeroMemory(passphrase);
        }
        else if (options.KeyPath is null && File.Exists(Path.Join(run.Vault.Keys, $"{name}.key.enc")) && !File.Exists(Path.Join(run.Vault.Keys, $"{name}.key")))
        {
            throw CliErrors.ProtectedKey(name);
        }

        return new SanctumClient(name, options);
    }

    /// <summary>The files that were named for the agent's key: itself, and its passphrase.</summary>
    public IEnumerable<string> KeyFiles(Run run) => from option in new[] { _key, _keyPassphrase } where run.Has(option) select HomeFolder.Expand(run.Get(option)!);

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
