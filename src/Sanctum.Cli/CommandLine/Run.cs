using System.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Terminals;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.CommandLine;

/// <summary>What one run of a command has at hand.</summary>
internal sealed class Run(
    Terminal terminal, VaultDirectory vault, bool isVaultNamed, Network network, Passphrases passphrases, ParseResult arguments, TimeSpan? timeout,
    CancellationToken cancelled) : IDisposable
{
    private OperatorConnection? _operators;
    private RemoteDaemon? _remote;

    public Terminal Terminal => terminal;

    public VaultDirectory Vault => vault;

    /// <summary>Whether the vault's folder was named on the command line.</summary>
    public bool IsVaultNamed => isVaultNamed;

    public Passphrases Passphrases => passphrases;

    /// <summary>What <c>--timeout</c> says; null where it was not given.</summary>
    public TimeSpan? Timeout => timeout;

    /// <summary>How long a daemon may say nothing.</summary>
    public TimeSpan Patience => timeout ?? AdminClient.DefaultPatience;

    public CancellationToken Cancelled => cancelled;

    /// <summary>Where operators' commands go.</summary>
    public OperatorConnection Operators => _operators ??= new OperatorConnection(vault, Remote, passphrases, terminal, Patience, Turn);

    /// <summary>The daemon that operators' commands go to, where it was named by its address; null for the vault on this machine.</summary>
    public RemoteDaemon? Remote => _remote ??= network.Operators;

    /// <summary>What was said about daemons on other machines.</summary>
    public Network Network => network;

    /// <summary>The command's name, such as <c>daemon start</c>.</summary>
    public string Command => UsageErrors.FullName(arguments.CommandResult)["sanctum ".Length..];

    /// <summary>Where commands that open the vault themselves take turns.</summary>
    public VaultTurn Turn => new(terminal, timeout ?? VaultTurn.Usual);

    /// <summary>Refuses where there is no vault, before anything is asked for in vain.</summary>
    public void RequireVault()
    {
        if (Remote is null && !vault.HoldsVault)
        {
            throw CliErrors.NoVault(vault.Path);
        }
    }

    /// <summary>Refuses an address that was named on the command line: this command works on this machine alone.</summary>
    public void RequireThisMachine() => network.RequireNone(Command);

    public void Dispose() => _operators?.Dispose();

    public T? Get<T>(Option<T> option) => arguments.GetValue(option);

    /// <summary>An argument; the parser has seen to it that one which has to be given is.</summary>
    public T Get<T>(Argument<T> argument) => arguments.GetValue(argument)!;

    /// <summary>Whether the option was given at all.</summary>
    public bool Has(Option option) => arguments.GetResult(option) is { Implicit: false };

    /// <summary>Does something with the vault as its operator.</summary>
    public async Task AsOperatorAsync(Func<IOperatorApi, Task> work)
    {
        await using var vaultOperator = await Operators.OpenAsync(cancelled).ConfigureAwait(false);
        terminal.Warn(vaultOperator.Damage);
        await work(vaultOperator).ConfigureAwait(false);
    }
}
