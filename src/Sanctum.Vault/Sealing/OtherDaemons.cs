using Sanctum.Audit;
using Sanctum.Policies;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>
/// What other daemons over the same store do, as far as it is not in records: they use up hourly limits, and an operator can seal the vault at one of them. It also
/// keeps watch: what is news is taken in at once, everything else several times a second. A vault that has not heard from its store for a second is cut off: what runs
/// ends, and nothing is decided until it hears again.
/// </summary>
internal sealed class OtherDaemons : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Others can commit a thousand times a second. One look takes in all that there is.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    private readonly UnsealedVault _vault;
    private readonly ISharedVaultStore? _store;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _listening;
    private readonly Task _watching;
    private volatile VaultException? _damage;
    private volatile Hearing _lastHeard;
    private volatile bool _isSealed;
    private int _toldSealed;

    public OtherDaemons(UnsealedVault vault)
    {
        (_vault, _store) = (vault, vault.Store as ISharedVaultStore);
        _lastHeard = Hearing.Of(vault.Options.TimeProvider);
        (_listening, _watching) = _store is null ? (Task.CompletedTask, Task.CompletedTask) : (Task.Run(ListenAsync), Task.Run(WatchAsync));
    }

    /// <summary>Called when an operator has sealed the vault at another daemon.</summary>
    public Action? SealedElsewhere { get; set; }

    /// <summary>Whether an operator has sealed the vault at another daemon. From when that is heard, by whatever catches up, nothing is decided here any more.</summary>
    public bool IsSealed => _isSealed;

    /// <summary>Whether the store has been silent for so long that nobody can know what was withdrawn meanwhile.</summary>
    public bool IsCutOff => _store is not null && Silence > _vault.Options.LongestStoreSilence;

    /// <summary>What an agent is told while the vault is cut off.</summary>
    public VaultException Refusal => _damage is { Code: VaultErrorCode.Damaged } damage ? damage : Errors.CutOff();

    private TimeSpan Silence => _lastHeard.Since(_vault.Options.TimeProvider);

    /// <summary>Takes an entry that another daemon wrote.</summary>
    public void Hear(ChainedEntry chained)
    {
        // Most tell nothing that is needed here, and are not read.
        var policies = _vault.Policies.All;
        if (!CountedUses.AreThere(policies) && chained.Json.Span.IndexOf("\"vault.seal\""u8) < 0)
        {
            return;
        }

        var entry = AuditJson.Read(chained);
        if (entry is { Action: AuditActions.PolicyRemove or AuditActions.PolicyExpire, Resource: { } removed })
        {
            // What came before counted for that one, and not for its namesake.
            _vault.Counters.Forget(removed);
        }
        else if (IsOperatorsSeal(entry))
        {
            _isSealed = true;
        }
        else
        {
            foreach (var use in CountedUses.Of(entry, policies))
            {
                _vault.Counters.Restore(use.Policy, use.Agent, use.Action, RecentUses.TimeOf(entry));
            }
        }
    }

    /// <summary>Whether an entry says that an operator has sealed the vault.</summary>
    public static bool IsOperatorsSeal(ChainedEntry chained) => chained.Json.Span.IndexOf("\"vault.seal\""u8) >= 0 && IsOperatorsSeal(AuditJson.Read(chained));

    private static bool IsOperatorsSeal(AuditEntry entry) => entry.Action == AuditActions.VaultSeal && entry.Details?.GetValueOrDefault("reason") == Vault.SealedByOperator;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _listening.ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _ending.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                await _store!.WaitForNewsAsync(Interval, _ending.Token).ConfigureAwait(false);

                // What is heard is how things were when it was asked for, at the earliest: a reply can have lain here while this process was stopped.
                var asked = Hearing.Of(_vault.Options.TimeProvider);
                await _vault.Journal.CatchUpAsync().ConfigureAwait(false);
                _lastHeard = asked;
                TellSealed();
                await Task.Delay(BetweenLooks, _ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure)
            {
                // Whatever it is: until the store is heard again, the vault is cut off, and whoever asks for something is told.
                _damage = failure as VaultException ?? _damage;
                await PauseAsync().ConfigureAwait(false);
            }
        }
    }

    // On its own: the other one may be waiting for a store that does not respond.
    private async Task WatchAsync()
    {
        var wasCutOff = false;
        while (!_ending.IsCancellationRequested)
        {
            if (IsCutOff && !wasCutOff)
            {
                _vault.Egress.RecheckPolicies(_vault);
            }

            wasCutOff = IsCutOff;

            // A commit can have heard it, while nothing gets through to the listener.
            TellSealed();
            await PauseAsync().ConfigureAwait(false);
        }
    }

    // As long as the vault is being unsealed nobody can be told, and later somebody is.
    private void TellSealed()
    {
        if (_isSealed && SealedElsewhere is { } told && Interlocked.Exchange(ref _toldSealed, 1) == 0)
        {
            told();
        }
    }

    private async Task PauseAsync()
    {
        try
        {
            await Task.Delay(Pause, _ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The vault is being sealed, which whoever called looks for.
        }
    }

    /// <summary>A moment by two clocks: the one that nobody sets may stand still while the machine is suspended.</summary>
    private sealed record Hearing(long Timestamp, DateTimeOffset Time)
    {
        public static Hearing Of(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow());

        /// <summary>How long ago it is, by the clock that says more.</summary>
        public TimeSpan Since(TimeProvider time)
        {
            var (passed, shown) = (time.GetElapsedTime(Timestamp), time.GetUtcNow() - Time);
            return passed > shown ? passed : shown;
        }
    }
}
