using Sanctum.Protocol;
using Sanctum.Protocol.Framing;

namespace Sanctum.Client.Connections;

/// <summary>A call that was sent and waits for its reply.</summary>
internal abstract class PendingCall(string method, TimeSpan timeout)
{
    public string Method { get; } = method;

    /// <summary>How long it is waited for.</summary>
    public TimeSpan Timeout { get; } = timeout;

    /// <summary>Takes the reply. It is a view of a buffer that is zeroed afterwards, so it is read here and now.</summary>
    public abstract void Complete(RpcReply reply);

    public abstract void Fail(Exception reason);

    /// <summary>Stops waiting. The reply is still expected on the connection, and dropped when it comes.</summary>
    public abstract void Abandon(CancellationToken cancellationToken);

    /// <summary>The time is up.</summary>
    public void GiveUp() => Fail(Errors.NoReply(Method, Timeout));
}

/// <inheritdoc/>
internal sealed class PendingCall<T>(string method, TimeSpan timeout, Func<RpcReply, T> read) : PendingCall(method, timeout)
{
    // Continuations never run on the receiving loop: a caller that blocks would stop everybody's replies.
    private readonly TaskCompletionSource<T> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Reply => _reply.Task;

    public override void Complete(RpcReply reply)
    {
        if (reply.Error is { } error)
        {
            Fail(Errors.From(error));
            return;
        }

        T result;
        try
        {
            // Also for a call that nobody waits for any more: the reply may bring a lease that has to be remembered.
            result = read(reply);
        }
        catch (FrameException malformed)
        {
            Fail(Errors.UnusableReply(Method, malformed));
            return;
        }

        if (!_reply.TrySetResult(result))
        {
            (result as IDisposable)?.Dispose();
        }
    }

    public override void Fail(Exception reason) => _reply.TrySetException(reason);

    public override void Abandon(CancellationToken cancellationToken) => _reply.TrySetCanceled(cancellationToken);
}
