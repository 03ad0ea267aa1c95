using System.Globalization;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
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
    private readonly CancellationTokenSource _going;
    private readonly LeaseWatch? _lease;
    private readonly long _started;
    private bool _released;
    private int _recorded;

    public ExchangeParts(UnsealedVault vault, Caller caller, Authorized authorized, CredentialInfo credential, RequestTarget target, string? leaseId, CancellationToken cancellationToken)
    {
        (_vault, _caller, _authorized, _given, Credential, Target) = (vault, caller, authorized, cancellationToken, credential, target);
        _callerOrSession = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        Running = vault.Egress.Running.Add(vault, authorized.Decision, credential, target, leaseId, _callerOrSession.Token);
        _lease = leaseId is null ? null : new LeaseWatch(vault, leaseId, Running);
        Stillness = new Stillness(vault.Options.Egress.StillTimeout, vault.Options.TimeProvider);
        _going = CancellationTokenSource.CreateLinkedTokenSource(Running.Token, Stillness.Over);
        (Ending, Going) = (Running.Token, _going.Token);
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
    public CancellationToken Ending { get; }

    /// <summary>Cancelled also when nothing has moved for too long.</summary>
    public CancellationToken Going { get; }

    /// <summary>What there is to say about it at its end.</summary>
    public Dictionary<string, string> Outcome { get; } = new(StringComparer.Ordinal);

    /// <summary>Why it can't go on.</summary>
    public Exception WhyEnding() =>
        _vault.Sealing.IsCancellationRequested ? Errors.VaultLocked()
        : _caller.Session.Ended.IsCancellationRequested ? _caller.Session.WhyOver()
        : _lease is { IsOver: true } ? Errors.LeaseExpired()
        : Running.IsWithdrawn ? Errors.AccessDenied(_authorized.Decision.Actions, Credential.Path)
        : new OperationCanceledException(_given);

    /// <summary>What to throw for what went wrong while it was under way.</summary>
    public Exception Translate(Exception failure) =>
        Ending.IsCancellationRequested ? WhyEnding()
        : Request?.Stream?.Refusal is { } refusal ? refusal
        : failure is OperationCanceledException && Stillness.Over.IsCancellationRequested ? Errors.StoodStill(Stillness.Limit)
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

    /// <summary>Records how it went, and lets go of everything.</summary>
    /// <param name="failure">What went wrong; null for nothing.</param>
    /// <param name="received">How many bytes came after the head.</param>
    /// <param name="found">How often the secret was taken out.</param>
    public async Task EndAsync(Exception? failure, long received, int found)
    {
        try
        {
            Outcome["bytes"] = received.ToString(CultureInfo.InvariantCulture);
            if (found > 0)
            {
                Outcome["scrubbed"] = found.ToString(CultureInfo.InvariantCulture);
            }

            Outcome["duration_ms"] = _vault.Options.TimeProvider.GetElapsedTime(_started).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
            await _authorized.EndAsync(failure, new Outcome { Details = Outcome }).ConfigureAwait(false);
        }
        finally
        {
            await ReleaseAsync().ConfigureAwait(false);
            _vault.Linger(isOver: true);
            _vault.Exit();
        }
    }

    /// <summary>Ends what is waited for, so that it can be let go of.</summary>
    public void Stop()
    {
        lock (_going)
        {
            if (!_released)
            {
                // What hangs on it must not run under the lock.
                _ = _going.CancelAsync();
            }
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
        lock (_going)
        {
            _released = true;
            _going.Dispose();
        }

        _callerOrSession.Dispose();
        Stillness.Dispose();
    }
}
