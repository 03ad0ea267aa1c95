using System.Globalization;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Connections;
using Sanctum.Egress.Receiving;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>What an exchange holds, from its decision to its last entry.</summary>
internal sealed class ExchangeParts
{
    private const int MostFoundApart = 16;

    private readonly UnsealedVault _vault;
    private readonly Caller _caller;
    private readonly Authorized _authorized;
    private readonly CancellationToken _given;
    private readonly CancellationTokenSource _callerOrSession;
    private readonly LeaseWatch? _lease;
    private readonly TimeSpan? _total;
    private readonly long _started;
    private int _recorded;

    /// <param name="vault">The vault.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="authorized">What was decided.</param>
    /// <param name="credential">What it is sent with.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="callerOrSession">Cancelled when the caller gives up or its session ends. It is disposed with the rest.</param>
    /// <param name="given">Cancelled when the caller gives up.</param>
    /// <param name="leaseId">The lease by which it came; null for none.</param>
    /// <param name="isWithin">Whether it is still within what that lease allows; null for none.</param>
    /// <param name="total">How long all of it may take; null where it may take as long as something moves.</param>
    public ExchangeParts(
        UnsealedVault vault, Caller caller, Authorized authorized, CredentialInfo credential, RequestTarget target, CancellationTokenSource callerOrSession, CancellationToken given, string? leaseId = null, Func<bool>? isWithin = null, TimeSpan? total = null)
    {
        (_vault, _caller, _authorized, _given, _callerOrSession, _total, Credential, Target) = (vault, caller, authorized, given, callerOrSession, total, credential, target);
        Running = vault.Egress.Running.Add(vault, new RunningGrant(authorized.Decision, credential, target, leaseId, isWithin), callerOrSession.Token);
        _lease = leaseId is null ? null : new LeaseWatch(vault, leaseId, Running);
        Stillness = total is { } limit ? new Stillness(limit, TimeProvider.System, Running.Token) : new Stillness(vault.Egress.Options.StillTimeout, vault.Options.TimeProvider, Running.Token);
        _started = vault.Options.TimeProvider.GetTimestamp();
    }

    public CredentialInfo Credential { get; }

    public RequestTarget Target { get; }

    public RunningRequest Running { get; }

    public Stillness Stillness { get; }

    /// <summary>The request; null until it has been made.</summary>
    public OutgoingRequest? Request { get; set; }

    /// <summary>The agent's place among those that send; null until it has one.</summary>
    public AgentQuota.Bucket? Place { get; set; }

    /// <summary>Cancelled when it can't go on, whatever it does.</summary>
    public CancellationToken Ending => Stillness.Ending;

    /// <summary>Cancelled also when nothing has moved for too long.</summary>
    public CancellationToken Going => Stillness.Going;

    /// <summary>What there is to say about it at its end.</summary>
    public Dictionary<string, string> Outcome { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether it can't go on. To be asked before anything of it leaves.</summary>
    public bool IsOver() => IsWithdrawn() || Ending.IsCancellationRequested;

    /// <summary>Refuses to go on where what granted it is gone.</summary>
    /// <exception cref="VaultException">It is gone; or the vault is being sealed, or the session is over.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public void RequireNotWithdrawn()
    {
        if (IsWithdrawn())
        {
            throw WhyEnding();
        }
    }

    /// <summary>Why it can't go on.</summary>
    public Exception WhyEnding() =>
        _vault.Sealing.IsCancellationRequested ? Errors.VaultLocked()
        : _caller.Session.Ended.IsCancellationRequested ? _caller.Session.WhyOver()
        : _lease is { IsOver: true } ? Errors.LeaseExpired()
        : Running.IsWithdrawn ? Errors.AccessDenied(_authorized.Decision.Actions, Credential.Path)
        : new OperationCanceledException(_given);

    /// <summary>What to throw for what went wrong while it was under way.</summary>
    public Exception Translate(Exception failure) =>
        Running.IsWithdrawn || Ending.IsCancellationRequested ? WhyEnding()
        : Request?.Stream?.Refusal is { } refusal ? refusal
        : failure is OperationCanceledException && Stillness.IsOver ? TookTooLong()
        : UpstreamFailure.Translate(failure, Target.Url.Origin, Ending) ?? failure;

    /// <summary>Puts on the record that the secret came back, before what follows it leaves.</summary>
    /// <remarks>The first ones, and then whenever their number has doubled: an echo without end must not fill the log.</remarks>
    public async ValueTask RecordFoundAsync(int found)
    {
        if (found > _recorded && (_recorded < MostFoundApart || found >= 2 * _recorded))
        {
            await _authorized.RecordAlongAsync(new Outcome
            {
                Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["scrubbed"] = found.ToString(CultureInfo.InvariantCulture) },
            }).ConfigureAwait(false);
            _recorded = found;
        }
    }

    /// <summary>Sends the request and waits for the head of its response.</summary>
    /// <param name="route">Whom it is for, and where it goes.</param>
    /// <param name="isCounted">Whether an approval or one of so many uses in an hour is spent on it.</param>
    /// <exception cref="VaultException">There is none.</exception>
    public async Task<IOpenResponse> OpenAsync(Route route, bool isCounted)
    {
        using (Stillness.Watch())
        {
            try
            {
                return await _vault.Egress.OpenAsync(Request!, route, isCounted, Place!.Memory, Going).ConfigureAwait(false);
            }
            finally
            {
                TellProgress();
            }
        }
    }

    /// <summary>Sends the request and takes in the whole response.</summary>
    /// <param name="route">Whom it is for, and where it goes.</param>
    /// <param name="isCounted">Whether an approval or one of so many uses in an hour is spent on it.</param>
    /// <param name="maxBytes">The most that it may have.</param>
    /// <exception cref="VaultException">There is none, or it is too large.</exception>
    public async Task<ReceivedResponse> ReceiveAsync(Route route, bool isCounted, int maxBytes)
    {
        var started = _vault.Options.TimeProvider.GetTimestamp();
        using (Stillness.Watch())
        {
            try
            {
                var received = await _vault.Egress.ReceiveAsync(Request!, route, isCounted, Place!.Memory, maxBytes, Going).ConfigureAwait(false);
                Tell("bytes", received.Body.Length);
                return received;
            }
            finally
            {
                TellProgress();
                TellDuration(started);
                if (Request!.Progress.Found is > 0 and var found)
                {
                    Tell("scrubbed", found);
                }
            }
        }
    }

    /// <summary>Records how it went, and lets go of everything.</summary>
    /// <param name="failure">What went wrong; null for nothing.</param>
    /// <param name="received">How many bytes came after the head.</param>
    /// <param name="found">How often the secret was taken out.</param>
    public async Task EndAsync(Exception? failure, long received, int found)
    {
        try
        {
            Tell("bytes", received);
            if (found > 0)
            {
                Tell("scrubbed", found);
            }

            TellDuration(_started);

            // A client that has what it wanted, and leaves, is no failure of anybody's.
            if (failure is OperationCanceledException)
            {
                (Outcome[Authorized.EndedBy], failure) = (Authorized.Client, null);
            }

            await _authorized.EndAsync(failure, new Outcome { Details = Outcome }).ConfigureAwait(false);
        }
        finally
        {
            await ReleaseAsync().ConfigureAwait(false);
            _vault.Linger(isOver: true);
            _vault.Exit();
        }
    }

    /// <summary>Lets go of everything.</summary>
    public async ValueTask ReleaseAsync()
    {
        if (Request?.Stream is { } upload)
        {
            await upload.StopAsync().ConfigureAwait(false);
        }

        _lease?.Dispose();
        Running.Dispose();
        Request?.Dispose();
        Place?.Dispose();
        Stillness.Dispose();
        _callerOrSession.Dispose();
    }

    // Known without waiting for whoever says so: a process that was stopped for a while knows nothing of what was withdrawn.
    private bool IsWithdrawn()
    {
        if (_vault.Others.IsCutOff)
        {
            Running.WithdrawUnlessStanding(_vault);
        }

        return Running.IsWithdrawn;
    }

    private void TellProgress()
    {
        if (Request!.Progress.Sends is { } sends)
        {
            Tell("sends", sends);
        }

        if (Request.Progress.Status is { } status)
        {
            Tell("status", status);
        }
    }

    private void TellDuration(long since) =>
        Outcome["duration_ms"] = _vault.Options.TimeProvider.GetElapsedTime(since).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);

    private void Tell(string name, long number) => Outcome[name] = number.ToString(CultureInfo.InvariantCulture);

    private VaultException TookTooLong() => _total is { } limit
        ? Errors.TimedOut(limit, _vault.Egress.Options.MaxTimeout, Request?.Progress.Sends ?? 0, Request?.Progress.Status, Request?.Progress.Received)
        : Errors.StoodStill(Stillness.Limit);
}
