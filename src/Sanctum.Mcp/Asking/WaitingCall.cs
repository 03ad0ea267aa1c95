using ModelContextProtocol.Protocol;

namespace Sanctum.Mcp.Asking;

/// <summary>
/// A call that may need an operator. It is made again while somebody waits for it, for as long as the vault says that a human must approve first: such a call was refused, and nothing went
/// out. Once the vault did something else, that is its result, whoever asks how often. It is never made again.
/// </summary>
internal sealed class WaitingCall : IDisposable
{
    // The vault waits for the operator by itself; where it is told not to, this keeps from asking it all the time.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _givenUp;
    private readonly Func<CancellationToken, Task<CallAttempt>> _attempt;
    private readonly TimeProvider _time;
    private Task<CallAttempt>? _running;

    /// <param name="tool">The tool that was called.</param>
    /// <param name="bound">What the call is: see <see cref="CallToken.BoundTo"/>.</param>
    /// <param name="attempt">Makes it once.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ending">Ends it.</param>
    public WaitingCall(string tool, byte[] bound, Func<CancellationToken, Task<CallAttempt>> attempt, TimeProvider time, CancellationToken ending)
    {
        (Tool, Bound, _attempt, _time) = (tool, bound, attempt, time);
        _givenUp = CancellationTokenSource.CreateLinkedTokenSource(ending);
    }

    public Guid Id { get; } = Guid.NewGuid();

    public string Tool { get; }

    public byte[] Bound { get; }

    /// <summary>When it is forgotten.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>How often it was told to wait by the protocol's own way.</summary>
    public int Rounds { get; set; }

    /// <summary>The approval that it waits for; null where it is not known to wait for one.</summary>
    public string? ApprovalId { get; private set; }

    /// <summary>Whether it has its result.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Waits for the result; null when there is none yet.</summary>
    /// <param name="atMost">How long.</param>
    /// <param name="cancellationToken">Ends the waiting. What the vault is doing goes on.</param>
    public async Task<CallToolResult?> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        while (true)
        {
            try
            {
                var running = Run();
                var done = await running.WaitAsync(Left(atMost, since), _time, cancellationToken).ConfigureAwait(false);
                if (done.Result is { } result)
                {
                    IsDone = true;
                    return result;
                }

                ApprovalId = done.ApprovalId;
                Forget(running);
                await Task.Delay(Left(atMost, since) is var left && left < Pause ? left : Pause, _time, cancellationToken).ConfigureAwait(false);
                if (Left(atMost, since) == TimeSpan.Zero)
                {
                    return null;
                }
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    /// <summary>Waits for what the vault is doing, and makes nothing anew; null where an operator has to approve first.</summary>
    public async Task<CallToolResult?> FinishAsync(CancellationToken cancellationToken)
    {
        Task<CallAttempt>? running;
        lock (_lock)
        {
            running = _running;
        }

        return running is null ? null : (await running.WaitAsync(cancellationToken).ConfigureAwait(false)).Result;
    }

    /// <summary>Whoever made the call has no handle of it, and left.</summary>
    public void GiveUp() => _givenUp.Cancel();

    public void Dispose() => _givenUp.Dispose();

    private TimeSpan Left(TimeSpan atMost, long since) => atMost - _time.GetElapsedTime(since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    // One at a time: two that wait for the same call wait for the same attempt.
    private Task<CallAttempt> Run()
    {
        lock (_lock)
        {
            return _running ??= _attempt(_givenUp.Token);
        }
    }

    private void Forget(Task<CallAttempt> over)
    {
        lock (_lock)
        {
            _running = ReferenceEquals(_running, over) ? null : _running;
        }
    }
}

/// <summary>What came of making a call once: a result, or an approval that it waits for.</summary>
internal readonly record struct CallAttempt(CallToolResult? Result, string? ApprovalId);
