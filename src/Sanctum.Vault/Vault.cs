using System.Globalization;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Door;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Policies.Approvals;
using Sanctum.Policies.Proposals;
using Sanctum.Sealing;
using Sanctum.Sessions;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>
/// A vault: secrets that agents use by policy, on leases, with every decision on the record. It opens sealed; the passphrase
/// unseals it and makes an <see cref="Operator"/>, and agents authenticate into <see cref="Session"/>s. Safe for use from many
/// threads. Refusals and failures are thrown as <see cref="VaultException"/>.
/// </summary>
public sealed partial class Vault : IAsyncDisposable
{
    private readonly IVaultStore _store;
    private VaultOptions _options;
    private readonly VaultClock _clock;
    private readonly SemaphoreSlim _sealing = new(1);
    private KeyDocument _keyDocument;
    private UnsealedVault? _unsealed;
    private string? _unsealedBy;
    private long _lastActivity;
    private bool _disposed;

    private Vault(IVaultStore store, VaultOptions options, KeyDocument keyDocument)
    {
        (_store, _options, _keyDocument) = (store, options, keyDocument);
        _clock = new VaultClock(options.TimeProvider);
        Credentials = new CredentialRegistry(this);
        Agents = new AgentRegistry(this);
        Policies = new PolicyRegistry(this);
        Approvals = new ApprovalRegistry(this);
        Proposals = new ProposalRegistry(this);
        Leases = new LeaseRegistry(this);
        Audit = new AuditLog(this);
        Touch();
    }

    /// <summary>What <see cref="SealAsync"/> is given when an operator seals: then all daemons over the same store seal too. For other reasons each seals for itself.</summary>
    public const string SealedByOperator = "an operator sealed it";

    /// <summary>Which vault this is.</summary>
    public Guid Id => _keyDocument.VaultId;

    /// <summary>Whether it is sealed.</summary>
    public bool IsSealed => Volatile.Read(ref _unsealed) is null;

    /// <summary>The last time that an agent or operator had something done.</summary>
    public DateTimeOffset LastActivity => _clock.Shown(LastTouch);

    /// <summary>How long that is ago, also when the system's clock was set back since.</summary>
    public TimeSpan IdleTime => _clock.Now - LastTouch;

    /// <summary>The operator's hand on credentials.</summary>
    public CredentialRegistry Credentials { get; }

    /// <summary>The operator's hand on agents.</summary>
    public AgentRegistry Agents { get; }

    /// <summary>The operator's hand on policies.</summary>
    public PolicyRegistry Policies { get; }

    /// <summary>The operator's decisions on calls that wait for a human.</summary>
    public ApprovalRegistry Approvals { get; }

    /// <summary>The operator's decisions on what agents ask for.</summary>
    public ProposalRegistry Proposals { get; }

    /// <summary>The operator's hand on leases.</summary>
    public LeaseRegistry Leases { get; }

    /// <summary>The operator's eye on what happened.</summary>
    public AuditLog Audit { get; }

    /// <summary>
    /// Takes other options, for the next call on, whether the vault is sealed or not; calls that run keep those that they began with. Three things stay as they were:
    /// the clock, what memory requests may take, and <see cref="VaultOptions.MaxHeavyOperations"/>. Connections to services are made anew.
    /// </summary>
    /// <param name="options">All of them, and not only those that change.</param>
    /// <param name="cancellationToken">Gives up waiting while the vault is being sealed or unsealed.</param>
    public async Task ReconfigureAsync(VaultOptions options, CancellationToken cancellationToken = default)
    {
        // A vault that is being unsealed has the options of when that began, until it is here.
        await _sealing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _options = options with { TimeProvider = _options.TimeProvider };
            Volatile.Read(ref _unsealed)?.Reconfigure(_options);
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <summary>Makes a new vault in an empty store. It is sealed.</summary>
    /// <param name="store">Stays the caller's to dispose, after the vault.</param>
    /// <param name="passphrase">As <see cref="PassphraseRule"/> has it; the caller zeroes it.</param>
    /// <param name="options">Default: <see cref="VaultOptions"/>' own.</param>
    /// <exception cref="VaultException">The store holds a vault (<see cref="VaultErrorCode.Conflict"/>), which is left as it is.</exception>
    public static async Task<Vault> CreateAsync(
        IVaultStore store, ReadOnlyMemory<byte> passphrase, VaultOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new VaultOptions();
        var keyDocument = await Storing(() => VaultFoundation.LayAsync(store, passphrase, options, cancellationToken)).ConfigureAwait(false);
        return new Vault(store, options, keyDocument);
    }

    /// <summary>Opens an existing vault. It is sealed.</summary>
    /// <param name="store">Stays the caller's to dispose, after the vault.</param>
    /// <param name="options">Default: <see cref="VaultOptions"/>' own.</param>
    /// <exception cref="VaultException">There is none (<see cref="VaultErrorCode.NotFound"/>), its key document is damaged
    /// (<see cref="VaultErrorCode.Damaged"/>) or of a later version (<see cref="VaultErrorCode.UnsupportedVersion"/>).</exception>
    public static async Task<Vault> OpenAsync(
        IVaultStore store, VaultOptions? options = null, CancellationToken cancellationToken = default)
    {
        var keyDocument = await Storing(() => store.ReadKeyDocumentAsync(cancellationToken)).ConfigureAwait(false) ?? throw Errors.NoVault();
        return new Vault(store, options ?? new VaultOptions(), KeyDocument.Parse(keyDocument));
    }

    /// <summary>
    /// Unseals the vault; when it is unsealed already, just proves the passphrase. Where that can't be recorded because the store takes no more, the operator
    /// can seal the vault and nothing else (<see cref="Operator.Unrecorded"/>).
    /// </summary>
    /// <param name="passphrase">The caller zeroes it.</param>
    /// <exception cref="VaultException">It is not the passphrase (<see cref="VaultErrorCode.AuthFailed"/>), or the store was damaged or
    /// changed (<see cref="VaultErrorCode.Damaged"/>), and is left as it is.</exception>
    public async Task<Operator> UnsealAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken = default)
    {
        // One at a time: each takes Argon2id's memory, and two must not load the vault twice.
        await _sealing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                try
                {
                    return await ProveAsync(passphrase, cancellationToken).ConfigureAwait(false);
                }
                catch (ChangedMeanwhileException)
                {
                    continue; // The passphrase may be another one by now.
                }
            }
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <summary>
    /// Seals the vault: ends all sessions, waits for what runs, zeroes all keys. Nothing happens when it is sealed. It always takes effect, also where the
    /// store takes no entry any more: a full disk must not keep the keys in memory.
    /// </summary>
    /// <param name="reason">For the audit log, such as <c>operator</c>, <c>idle</c> or <c>shutdown</c>.</param>
    /// <param name="cancellationToken">Gives up before anything is done.</param>
    /// <returns>Whether anything changed, and what could not be recorded.</returns>
    public async Task<SealReport> SealAsync(string reason, CancellationToken cancellationToken = default)
    {
        await _sealing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Interlocked.Exchange(ref _unsealed, null) is not { } unsealed)
            {
                return new SealReport(Changed: false);
            }

            await unsealed.DrainAsync().ConfigureAwait(false);
            try
            {
                unsealed.Tally.AppendAll();

                // What was removed earlier goes for good with it: whoever takes the files of a sealed vault finds nothing older in them.
                await unsealed.Journal.PurgeAsync(OperatorEntry.Of(unsealed, AuditActions.VaultSeal, null, ("reason", reason)) with
                {
                    Actor = Actors.Vault,
                }).ConfigureAwait(false);
                return new SealReport(Changed: true);
            }
            catch (VaultException failure)
            {
                return new SealReport(Changed: true, failure);
            }
            finally
            {
                Remember(unsealed);
                await unsealed.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _sealing.Release();
        }
    }

    /// <summary>Seals the vault. The store stays the caller's.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Interlocked.Exchange(ref _disposed, true))
        {
            await SealAsync("closed").ConfigureAwait(false);
            _sealing.Dispose();
        }
    }

    private DateTimeOffset LastTouch => new(Interlocked.Read(ref _lastActivity), TimeSpan.Zero);

    // That it was the passphrase is on the record before anybody can act on it, and only if it still was by then.
    private async Task<Operator> ProveAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        var (documents, document) = await RefreshKeyDocumentAsync(cancellationToken).ConfigureAwait(false);
        using var root = await Task.Run(() => document.TryOpen(passphrase.Span), cancellationToken).ConfigureAwait(false)
            ?? throw await RefusePassphraseAsync().ConfigureAwait(false);
        if (_unsealed is { } known)
        {
            var unrecorded = await TryRecordLoginAsync(AuditOutcome.Allowed, null, SameDocuments(known, documents)).ConfigureAwait(false);
            if (unrecorded is { Code: VaultErrorCode.VaultLocked })
            {
                throw unrecorded;
            }

            Touch();
            return new Operator(known) { Unrecorded = unrecorded };
        }

        var unsealed = await Storing(() => LoadAsync(root, SealProviderName.Passphrase, [], cancellationToken)).ConfigureAwait(false);
        Volatile.Write(ref _unsealedBy, SealProviderName.Passphrase);
        Volatile.Write(ref _unsealed, unsealed);
        Touch();
        return new Operator(unsealed);
    }

    // A wrong passphrase is wrong on a full disk too: whoever guesses must not learn the right one by another error.
    private async Task<VaultException> RefusePassphraseAsync() =>
        Errors.WrongPassphrase(await TryRecordLoginAsync(AuditOutcome.Denied, VaultErrorCode.AuthFailed).ConfigureAwait(false));

    // While the vault is sealed there is no key to write the log with.
    private async Task<VaultException?> TryRecordLoginAsync(AuditOutcome outcome, VaultErrorCode? reason, Func<Exception?>? check = null)
    {
        if (Volatile.Read(ref _unsealed) is not { } unsealed || !unsealed.TryEnter())
        {
            return null;
        }

        try
        {
            var entry = OperatorEntry.Of(unsealed, AuditActions.OperatorLogin, null) with { Outcome = outcome, Reason = reason };
            await unsealed.Journal.CommitAsync(entry, check: check).ConfigureAwait(false);
            return null;
        }
        catch (VaultException failure)
        {
            return failure;
        }
        finally
        {
            unsealed.Exit();
        }
    }
}
