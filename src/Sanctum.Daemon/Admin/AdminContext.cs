using System.Reflection;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Admin;

/// <summary>What the operators' calls act on.</summary>
/// <param name="vault">The vault.</param>
/// <param name="sealing">Unseals and seals it.</param>
/// <param name="tokens">Who has proved the passphrase.</param>
/// <param name="gate">Where passphrases are tried.</param>
/// <param name="agents">The agents' connections.</param>
/// <param name="settings">The daemon's settings.</param>
/// <param name="bound">Where it listens.</param>
/// <param name="drain">Whether it is stopping.</param>
internal sealed class AdminContext(
    Vault vault,
    DaemonSealing sealing,
    OperatorTokens tokens,
    PassphraseGate gate,
    AgentHost agents,
    DaemonSettings settings,
    BoundAddresses bound,
    DrainState drain)
{
    private static readonly string Version =
        typeof(AdminContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private readonly DateTimeOffset _startedAt = settings.Time.GetUtcNow();

    public Vault Vault => vault;

    public DaemonSealing Sealing => sealing;

    public OperatorTokens Tokens => tokens;

    public PassphraseGate Gate => gate;

    /// <summary>The calls that run at a time.</summary>
    public OperatorCalls Calls { get; } = new(settings.Time);

    /// <summary>Set once the daemon has been asked to stop.</summary>
    public TaskCompletionSource StopRequested { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The daemons that serve the vault.</summary>
    public Nodes? Nodes { get; set; }

    /// <summary>How long it lets what runs go on when it stops; follows the configuration.</summary>
    public int DrainSeconds { get; set; } = settings.Config.DrainSeconds;

    /// <summary>Asks the daemon to stop; once it is stopping, to wait for nothing any more.</summary>
    public void Stop()
    {
        if (!StopRequested.TrySetResult() || drain.HasBegun)
        {
            drain.EndNow();
        }
    }

    /// <summary>What there is to say about how safely the store keeps commits.</summary>
    public Func<string?> StoreWarning { get; set; } = () => null;

    public DaemonStatus Status() => new(
        vault.Id.ToString(),
        vault.IsSealed,
        Environment.ProcessId,
        Version,
        _startedAt,
        settings.Socket,
        bound.Tcp?.ToString(),
        bound.Http?.ToString(),
        agents.Connections,
        [.. bound.Tcp is null || settings.Tls is not null ? [] : (string[])[Loopback.Warning], .. ListeningPaths.Warning(settings.Socket) is { } warning ? (string[])[warning] : [], .. StoreWarning() is { } kept ? (string[])[kept] : [], .. sealing.ProviderFailures],
        bound.Proxy?.ToString(),
        vault.UnsealedBy,
        drain.HasBegun,
        DrainSeconds);
}
