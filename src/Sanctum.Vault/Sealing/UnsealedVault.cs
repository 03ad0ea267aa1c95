using System.Collections.Concurrent;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Door;
using Sanctum.Egress;
using Sanctum.Leases;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Policies.Approvals;
using Sanctum.Policies.Proposals;
using Sanctum.Sessions;
using Sanctum.Storage;

namespace Sanctum.Sealing;

/// <summary>
/// All that exists only while the vault is unsealed: the keys, and what was read with them. Sealing disposes it, and nothing
/// of it is left.
/// </summary>
internal sealed class UnsealedVault : IAsyncDisposable, IJournalMemory
{
    // One for being unsealed, and one for whoever asks.
    private const int AloneInside = 2;

    private readonly CancellationTokenSource _sealing = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LeaseSweep _sweep;
    private readonly ProposalSweep _expiring;
    private readonly Projector _state;
    private readonly RecordLedger _ledger;
    private int _running = 1;
    private int _lingering;

    public UnsealedVault(IVaultStore store, VaultOptions options, VaultClock clock, VaultKeys keys, LoadedVault loaded)
    {
        (Store, Options, Clock, Keys) = (store, options, clock, keys);
        Clock.NotBefore(loaded.LastSeen);
        Damage = loaded.Damage;
        (Codec, Chain, _state, _ledger) = (loaded.Codec, loaded.Chain, loaded.State, loaded.Ledger);
        Hosts = new HostIndex(Credentials);
        Secrets = new SecretReader(store, new SecretCipher(keys, Codec), loaded.Ledger);
        Authorizer = new Authorizer(this);
        Egress = new EgressDoor(options.Egress, options.TimeProvider);
        Journal = new Journal(store, loaded, clock, () => Volatile.Read(ref _running) - Volatile.Read(ref _lingering) == AloneInside, this, new AuditMetrics(this));
        Heavy = new HeavyWork(options.MaxHeavyOperations);
        Sealing = _sealing.Token;
        Tally = new EntryTally(this);
        Rates = new AgentRates(options.TimeProvider);
        _sweep = new LeaseSweep(this);
        _expiring = new ProposalSweep(this);
        Others = new OtherDaemons(this);
    }

    public IVaultStore Store { get; }

    /// <summary>What unsealing found damaged.</summary>
    public IReadOnlyList<string> Damage { get; }

    public VaultOptions Options { get; private set; }

    /// <summary>What expires does so by this clock.</summary>
    public VaultClock Clock { get; }

    public VaultKeys Keys { get; }

    /// <summary>The key documents that the vault knows as its own.</summary>
    public KnownDocuments? KnownDocuments => _state.KnownDocuments;

    public RecordCodec Codec { get; }

    public AuditChain Chain { get; }

    public Journal Journal { get; }

    /// <summary>What is not written entry by entry.</summary>
    public EntryTally Tally { get; }

    /// <summary>What agents do at most so often.</summary>
    public AgentRates Rates { get; }

    public SecretReader Secrets { get; }

    /// <summary>What other daemons over the same store do.</summary>
    public OtherDaemons Others { get; }

    public Authorizer Authorizer { get; }

    public CredentialIndex Credentials => _state.Credentials;

    public HostIndex Hosts { get; }

    public ConcurrentDictionary<AgentName, RegisteredAgent> Agents => _state.Agents;

    public PolicySet Policies => _state.Policies;

    public UseCounters Counters => _state.Counters;

    public ApprovalBook Approvals { get; } = new();

    /// <summary>What agents asked for.</summary>
    public ProposalBook Proposals => _state.Proposals;

    public LeaseBook Leases => _state.Leases;

    public EgressDoor Egress { get; }

    public HeavyWork Heavy { get; }

    /// <summary>How many programs run for agents.</summary>
    public RunQuota Runs { get; } = new();

    public SessionTable Sessions { get; } = new();

    /// <summary>One change of agents or policies at a time, so that what was checked still holds when it is written.</summary>
    public SemaphoreSlim Changing { get; } = new(1);

    public PathLocks Paths { get; } = new();

    /// <summary>One seal provider is added or removed at a time: two of one name have one place for their key.</summary>
    public SemaphoreSlim Providing { get; } = new(1);

    /// <summary>Cancelled when the vault is being sealed: what runs should come to its end.</summary>
    public CancellationToken Sealing { get; }

    /// <summary>The system's time, for the record.</summary>
    public DateTimeOffset Now => Options.TimeProvider.GetUtcNow();

    /// <summary>The time for decisions. Taken on both clocks together, so that no decision forgets the one that never goes back.</summary>
    public Moment Moment => new(Options.TimeProvider.GetLocalNow(), Clock.Now);

    /// <summary>Takes other options, for the next call on.</summary>
    public void Reconfigure(VaultOptions options)
    {
        Options = options;
        Egress.Reconfigure(options.Egress);
    }

    /// <summary>Opens a credential's current secret. The caller disposes it.</summary>
    /// <exception cref="VaultException">It was removed just now; its record is damaged or missing.</exception>
    public async ValueTask<SecretBytes> OpenSecretAsync(CredentialInfo credential, CancellationToken cancellationToken)
    {
        try
        {
            if (await Secrets.TryOpenAsync(credential, cancellationToken).ConfigureAwait(false) is { } secret)
            {
                return secret;
            }
        }
        catch (VaultException damaged) when (damaged.Code == VaultErrorCode.CredentialDamaged && !Credentials.Has(credential))
        {
            // Removed, and another stored there, between being found and being read.
        }

        // It was being removed. Once the path is free, it is gone, or it is back because its removal could not be written.
        return await Paths.HoldingAsync(
            credential.Path,
            async () => Credentials.Has(credential) ? await Secrets.TryOpenAsync(credential, cancellationToken).ConfigureAwait(false) : null,
            cancellationToken).ConfigureAwait(false) ?? throw Errors.CredentialNotFound(credential.Path);
    }

    /// <summary>Takes in what other daemons have written up to now, where there can be others. For what is told from memory alone: what is written catches up by itself.</summary>
    /// <exception cref="VaultException">The store can't be read, or is not as the vaults left it.</exception>
    public Task CatchUpAsync() => Store is ISharedVaultStore ? Journal.CatchUpAsync() : Task.CompletedTask;

    /// <summary>What is stored, with everything that has happened so far.</summary>
    public async Task<IStoreSnapshot> SnapshotAsync(CancellationToken cancellationToken)
    {
        try
        {
            Tally.AppendAll();
            await Journal.FlushAsync().ConfigureAwait(false);
        }
        catch (VaultException)
        {
            // A full disk: what can't be written stays with the journal, and what is there can be read all the same.
        }

        return await Store.SnapshotAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Joins those that use the vault; false when it is being sealed. Whoever joined must leave.</summary>
    public bool TryEnter()
    {
        // The count starts at one, for being unsealed; once it has come to nothing, nobody joins any more.
        var running = Volatile.Read(ref _running);
        while (running > 0)
        {
            var seen = Interlocked.CompareExchange(ref _running, running + 1, running);
            if (seen == running)
            {
                if (!Sealing.IsCancellationRequested)
                {
                    return true;
                }

                Exit();
                return false;
            }

            running = seen;
        }

        return false;
    }

    public void Exit()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _drained.SetResult();
        }
    }

    /// <summary>Says that one of those inside only waits for others from now on, such as a response that is read as it comes: calls beside it are alone.</summary>
    /// <param name="isOver">that it does so no more</param>
    public void Linger(bool isOver = false) => _ = isOver ? Interlocked.Decrement(ref _lingering) : Interlocked.Increment(ref _lingering);

    /// <summary>Turns away whoever comes now, and waits for those inside.</summary>
    public async Task DrainAsync()
    {
        await _sealing.CancelAsync().ConfigureAwait(false);
        Sessions.EndAll();
        Exit();
        await _drained.Task.ConfigureAwait(false);
    }

    /// <summary>Whether a record is there, as far as is durable and known.</summary>
    public bool Has(RecordKey key) => _ledger.StampOf(key) is not null;

    /// <inheritdoc/>
    public void Project(IEnumerable<(RecordKey Key, object? Value)> records, bool isOwn)
    {
        var projected = _state.Apply(records, isOwn);
        foreach (var agent in projected.Agents)
        {
            // A sign-in that is under way finds another agent than it began with.
            Sessions.EndAll(agent);
            Approvals.Forget(approval => approval.Agent == agent);
        }

        foreach (var path in projected.Removed)
        {
            Approvals.Forget(approval => approval.Path == path);
        }

        if (projected.Policies)
        {
            Egress.RecheckPolicies(this);
        }

        if (projected.Grants || projected.Agents.Count > 0)
        {
            Egress.Recheck(this);
        }
    }

    /// <inheritdoc/>
    public void Hear(ChainedEntry entry) => Others.Hear(entry);

    /// <inheritdoc/>
    public bool IsSealedElsewhere => Others.IsSealed;

    public async ValueTask DisposeAsync()
    {
        await Others.DisposeAsync().ConfigureAwait(false);
        await _sweep.DisposeAsync().ConfigureAwait(false);
        await _expiring.DisposeAsync().ConfigureAwait(false);
        await Tally.DisposeAsync().ConfigureAwait(false);
        Egress.Dispose();
        await Journal.DisposeAsync().ConfigureAwait(false);
        Keys.Dispose();
        Changing.Dispose();
        Providing.Dispose();
        _sealing.Dispose();
    }
}
