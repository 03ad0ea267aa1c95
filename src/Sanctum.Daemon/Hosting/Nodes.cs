using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;
using Sanctum.Storage;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// The daemons that serve the vault, for operators to look at. Over a shared store each says every few seconds that it is there; over a folder there is one. What a
/// store says of others is shown and never acted on.
/// </summary>
internal sealed class Nodes : IAsyncDisposable
{
    private const int LongestName = 100;
    private const string Unsealed = "unsealed";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    /// <summary>Who has said nothing for so long counts as gone.</summary>
    public static readonly TimeSpan Stale = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    private readonly ISharedVaultStore? _store;
    private readonly Func<DaemonStatus> _status;
    private readonly Vault _vault;
    private readonly ILogger _log;
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _announcing;
    private volatile Listed? _listed;

    public Nodes(ISharedVaultStore? store, Vault vault, DaemonSettings settings, Func<DaemonStatus> status, ILogger log)
    {
        (_store, _vault, _status, _log, _time) = (store, vault, status, log, settings.Time);
        _name = NameOf(settings.Config, settings.Directory);
        _announcing = store is null ? Task.CompletedTask : Task.Run(AnnounceAsync);
    }

    /// <summary>All of them, in order of name.</summary>
    /// <exception cref="StoreException">The store can't be read.</exception>
    public async Task<IReadOnlyList<NodeView>> ListAsync(CancellationToken cancellationToken)
    {
        var own = Own();
        if (_store is null)
        {
            return [ViewOf(own)];
        }

        // Whoever may list them needs no token: the store is asked once a second at the most.
        if (_listed is { } listed && _time.GetElapsedTime(listed.At) < Fresh)
        {
            return listed.Nodes;
        }

        await _store.AnnounceAsync(own, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<NodeView> nodes = [.. (await _store.ReadNodesAsync(cancellationToken).ConfigureAwait(false)).Select(it => new NodeView(
            Clean(it.Name), Clean(it.Version), Clean(it.State), it.Started, it.Seen, it.Position, it.Silence > Stale, Own: it.Name == own.Name))];

        // Tables of an earlier version list nobody.
        nodes = nodes.Any(it => it.Own) ? nodes : [.. nodes, ViewOf(own)];
        _listed = new Listed(_time.GetTimestamp(), nodes);
        return nodes;
    }

    /// <summary>The names of the other daemons that have the vault unsealed, as far as the store says.</summary>
    /// <exception cref="StoreException">The store can't be read.</exception>
    public async Task<IReadOnlyList<string>> ServingElsewhereAsync(CancellationToken cancellationToken) =>
        [.. (await ListAsync(cancellationToken).ConfigureAwait(false)).Where(it => it is { Own: false, Stale: false, State: Unsealed }).Select(it => it.Name)];

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _announcing.ConfigureAwait(false);
        _ending.Dispose();
        if (_store is null)
        {
            return;
        }

        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _store.WithdrawAsync(_name, patience.Token).ConfigureAwait(false);
        }
        catch (Exception away) when (away is StoreException or OperationCanceledException)
        {
            _log.NotAnnounced(away.Message); // It goes stale then.
        }
    }

    /// <summary>What the daemon of a folder is called.</summary>
    // Stable, so that a daemon that starts again takes its own row, and different for two of one machine.
    public static string NameOf(DaemonConfig config, string directory)
    {
        if (config.NodeName is { } name)
        {
            return name;
        }

        var suffix = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..4];
        var host = new string([.. Environment.MachineName.Where(sign => char.IsAsciiLetterOrDigit(sign) || sign is '.' or '-' or '_').Take(LongestName - 5)]);
        return $"{(host.Length == 0 ? "daemon" : host)}-{suffix}";
    }

    private static string Clean(string text) => Protocol.ErrorText.Clean(text, LongestName);

    private NodeView ViewOf(StoreNode own) => new(own.Name, own.Version, own.State, own.Started, _time.GetUtcNow(), own.Position, Stale: false, Own: true);

    private StoreNode Own()
    {
        var status = _status();
        return new StoreNode(_name, status.Version.Split('+')[0], status.Draining ? "stopping" : status.Sealed ? "sealed" : Unsealed, _vault.KnownEntries, status.StartedAt);
    }

    private async Task AnnounceAsync()
    {
        var isSaid = true;
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                var own = Own();
                await _store!.AnnounceAsync(own, _ending.Token).ConfigureAwait(false);
                isSaid = true;
                await UntilDueAsync(own.State).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // Whatever it is, the daemon goes on, and operators see that it is there once it can be said again.
                if (isSaid)
                {
                    Report(failure);
                    isSaid = false;
                }

                await Task.Delay(Interval, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Whoever has just sealed one asks the others whether they still serve.
    private async Task UntilDueAsync(string said)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Interval && Own().State == said;)
        {
            await Task.Delay(Glance, _ending.Token).ConfigureAwait(false);
        }
    }

    private void Report(Exception failure)
    {
        if (failure is StoreException)
        {
            _log.NotAnnounced(failure.Message);
        }
        else
        {
            _log.AnnouncingFailed(failure);
        }
    }

    private sealed record Listed(long At, IReadOnlyList<NodeView> Nodes);
}
